/** TensorFlow.js on WebGPU: which adapters count, and, on SwiftShader where it is at hand, the numbers. */
import { existsSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { agrees } from "../../../src/engine/probe/measure.ts"
import { probe } from "../../../src/engine/probe/probe.ts"

/** A Vulkan on the processor, as Debian's chromium brings it. */
const SWIFTSHADER = "/usr/lib/chromium"
const icd = `${SWIFTSHADER}/vk_swiftshader_icd.json`
const atHand = existsSync(icd)
if (!atHand) process.stderr.write(`no SwiftShader here (${icd}): the numbers of tfjs-webgpu are not tried\n`)

const tried = (env: Readonly<Record<string, string>>) =>
  probe({ engine: "tfjs-webgpu", networks: [] }, { LD_LIBRARY_PATH: SWIFTSHADER, VK_ICD_FILENAMES: icd, ...env })

describe("tfjs-webgpu", () => {
  test("does not train on an adapter that the processor emulates", async () => {
    const standing = await tried({ PIPELINE_WEBGPU_SOFTWARE: "" })
    const why = atHand ? "SwiftShader driver 5.0.0, is emulated" : /finds no adapter|not installed/
    expect(standing.works || standing.reason).toMatch(why)
    expect(standing.works || standing.remedy).toMatch(/driver|npm install/)
  })

  test("computes what plain JavaScript does: loss, gradient, 20 steps", async () => {
    const standing = await tried({ PIPELINE_WEBGPU_SOFTWARE: "1" })
    if (!atHand) return expect(standing.works || standing.reason).toMatch(/finds no adapter|not installed/)
    if (!standing.works) throw new Error(standing.reason)
    expect(standing.numericClass).toBe("tfjs-webgpu")
    expect(standing.facts.adapter).toContain("SwiftShader")
    expect(agrees(standing.agreement!)).toBe(true)
    expect(standing.agreement!.gradient, "not plain JavaScript itself").toBeGreaterThan(0)
  })
})
