/** What keeps a machine from working for a run is said in a sentence. */
import { expect, test } from "vitest"
import { disagreement } from "../../src/cluster/agreement.ts"
import { runId } from "../../src/cluster/plan.ts"

const run = {
  node: "v24.1.0",
  platform: "linux-x64",
  lock: "a".repeat(64),
  code: { "stages/train.ts": "1234 wasm-f32", "stages/score.ts": "5678" }
}

test("a machine agrees with a run, or is told what differs", () => {
  expect(disagreement(run, structuredClone(run))).toBeUndefined()
  const told = (here: Partial<typeof run>) => disagreement(run, { ...run, ...here })
  expect(told({ node: "v22.0.0" })).toBe("it has Node v22.0.0, and the run was begun with v24.1.0")
  expect(told({ platform: "linux-arm64" })).toContain("it is linux-arm64")
  expect(told({ lock: "b".repeat(64) })).toContain("package-lock.json (bbbbbbbbbbbb) is not the one")
  expect(told({ code: { ...run.code, "stages/score.ts": "9" } })).toMatch(/^the code of stages\/score\.ts is not what/)
  expect(told({ code: { ...run.code, "stages/train.ts": "0 wasm-f32", "stages/score.ts": "9" } })).toContain(
    "stages/score.ts and 1 more"
  )
  const plain = { ...run.code, "stages/train.ts": "1234 wasm-f32-plain" }
  expect(told({ code: plain })).toMatch(/numeric class wasm-f32-plain.*begun in wasm-f32: PIPELINE_MULTIPLY_ADD=plain/)
})

test("runs are told apart by what was asked for, and named for people", () => {
  const asked = { project: "/p", targets: ["paper"], overrides: {}, where: null }
  expect(runId(asked)).toMatch(/^paper-[0-9a-f]{8}$/)
  const others = [
    { targets: ["paper", "quick"] },
    { overrides: { epochs: "3" } },
    { where: "depth=1" },
    { project: "/q" }
  ].map((one) => runId({ ...asked, ...one }))
  expect(new Set([runId(asked), ...others]).size).toBe(5)
  expect(runId({ ...asked, targets: ["train/*layers=4*"] })).toMatch(/^train-layers-4--[0-9a-f]{8}$/)
})
