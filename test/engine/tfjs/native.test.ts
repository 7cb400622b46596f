/**
 * Native TensorFlow beside plain JavaScript. The addon is the one that `pipeline tfjs build` has put into the user's
 * cache folder, or that $PIPELINE_TFJS_ADDON names; where there is none, what is tested is that the engine says so.
 */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { describe, expect, test, vi } from "vitest"
import type { DeviceEngine, DeviceSession, FirstOrder } from "../../../src/engine/engine.ts"
import { probe } from "../../../src/engine/probe/probe.ts"
import { tfjsCpu } from "../../../src/engine/tfjs/cpu.ts"
import { addonPath } from "../../../src/engine/tfjs/native/places.ts"
import { findTensorFlow, usualPlaces } from "../../../src/engine/tfjs/native/tensorflow.ts"
import { tfjsNode } from "../../../src/engine/tfjs/node.ts"
import type { Network } from "../../../src/network/network.ts"
import { randomExamples, randomParameters, smallNetwork } from "../../networks.ts"
import { relativeError } from "../../support/distance.ts"
import { makeProject } from "../../support/project.ts"

const atHand = addonPath() !== undefined
if (!atHand) process.stderr.write("no native addon of TensorFlow.js here: `pipeline tfjs build` makes one\n")

const NETWORKS: ReadonlyArray<readonly [string, Partial<Network>]> = [
  ["sequential", {}],
  ["parallel", { depth: 1 }],
  ["in between, tanh", { depth: 2, activation: "tanh" }],
  ["single filter, kernel 5, sigmoid", { filters: 1, kernel: 5, activation: "sigmoid", channels: 1 }],
  ["without residual connections, identity, kernel 7", { residual: false, activation: "identity", kernel: 7 }]
]
const OPTIMIZERS: ReadonlyArray<FirstOrder> = [
  { method: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7 },
  { method: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { method: "sgd", learningRate: 1e-2, momentum: 0.9 }
]

describe("native TensorFlow", () => {
  test.for(NETWORKS)("gives loss, gradient and 20 steps of plain JavaScript: %s", async ([, some]) => {
    const network = smallNetwork(some)
    if (!atHand) return expect(tfjsNode.open(network, { precision: "f32" })).rejects.toThrow("pipeline tfjs build")
    const examples = randomExamples(network, 12)
    const order = Uint32Array.from({ length: 12 }, (_, i) => (5 * i) % 12)
    const of = async (engine: DeviceEngine) => {
      const session: DeviceSession = await engine.open(network, { precision: "f32" })
      const parameters = randomParameters(network, 3)
      session.load({ parameters })
      const score = await session.gradient(examples)
      const { loss } = await session.evaluate(examples)
      const trained = []
      for (const optimizer of OPTIMIZERS) {
        session.load({ parameters })
        for (let epoch = 0; epoch < 10; epoch++) await session.epoch(examples, order, 8, optimizer)
        trained.push(session.save())
      }
      session.close()
      return { ...score, evaluated: loss, trained }
    }
    const [native, plain] = [await of(tfjsNode), await of(tfjsCpu)]
    expect(native.correct).toBe(plain.correct)
    expect(native.loss / plain.loss).toBeCloseTo(1, 5)
    expect(native.evaluated / plain.loss).toBeCloseTo(1, 5)
    expect(relativeError(native.gradient, plain.gradient)).toBeLessThan(1e-5)
    for (const [i, { parameters, step }] of native.trained.entries()) {
      expect(step).toBe(20)
      expect(relativeError(parameters, plain.trained[i].parameters), OPTIMIZERS[i].method).toBeLessThan(1e-3)
    }
    return undefined
  })
})

test("native TensorFlow leaves no tensor behind, and reads once an epoch", async () => {
  const network = smallNetwork()
  if (!atHand) return expect(tfjsNode.open(network, { precision: "f32" })).rejects.toThrow("has not been built")
  const examples = randomExamples(network, 20)
  const order = Uint32Array.from({ length: 20 }, (_, i) => i)
  const session = await tfjsNode.open(network, { precision: "f32", memory: 4e5 })
  const empty = tf.memory()
  session.load({ parameters: randomParameters(network, 3) })
  const use = async () => {
    await session.epoch(examples, order, 8, OPTIMIZERS[1])
    await session.gradient(examples, order)
    await session.evaluate(examples)
    await session.logits(examples)
  }
  await use()
  const before = tf.memory()
  for (let i = 0; i < 3; i++) await use()
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers })
  // What waits for the device is this function of the addon, whoever calls it.
  const backend = tf.backend() as unknown as { binding: { tensorDataSync(id: number): unknown } }
  const { binding } = backend
  const tensorDataSync = vi.fn(binding.tensorDataSync)
  backend.binding = Object.create(binding, { tensorDataSync: { value: tensorDataSync } })
  await session.epoch(examples, order, 2, OPTIMIZERS[1])
  backend.binding = binding
  expect(tensorDataSync).toHaveBeenCalledTimes(1)
  session.close()
  expect(tf.memory()).toMatchObject({ numTensors: empty.numTensors, numDataBuffers: empty.numDataBuffers })
  return undefined
})

describe("an engine that does not work says why", () => {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const tried = (env: Readonly<Record<string, string>>) => probe({ engine: "tfjs-node", networks: [] }, env)

  test("where no addon was built", async () => {
    const standing = await tried({ XDG_CACHE_HOME: folder, PIPELINE_TFJS_ADDON: "" })
    expect(standing).toMatchObject({ works: false, reason: "its native addon has not been built" })
    expect(standing.works || standing.remedy).toContain("pipeline tfjs build")
  })

  test("where it is no library", async () => {
    const standing = await tried({ PIPELINE_TFJS_ADDON: file("text.node", "no library") })
    expect(standing.works || standing.reason).toMatch(/does not load: .*(invalid ELF header|file too short)/)
  })

  test("where it crashes", async () => {
    const crash = "process.kill(process.pid, 'SIGSEGV')"
    const standing = await tried({ PIPELINE_TFJS_ADDON: file("crash.cjs", crash) })
    expect(standing.works || standing.reason).toBe("starting it ended its process by the signal SIGSEGV")
  })

  test("where it sees no GPU", async () => {
    const addon = "module.exports = { TF_Version: '2.9.1', isUsingGpuDevice: () => false }"
    const standing = await probe(
      { engine: "tfjs-node-gpu", networks: [] },
      { PIPELINE_TFJS_ADDON: file("cpu.cjs", addon) }
    )
    expect(standing.works || standing.reason).toBe("TensorFlow 2.9.1 finds no GPU that it can use")
  })
})

describe("pipeline tfjs build", () => {
  test("says what is missing", async () => {
    const project = makeProject()
    const empty = { HOME: project.root, XDG_CACHE_HOME: project.path("cache"), VIRTUAL_ENV: "", CONDA_PREFIX: "" }
    const elsewhere = await project.run(["tfjs", "build", "--tensorflow", project.root], empty)
    expect(elsewhere).toMatchObject({ code: 1, stdout: "" })
    expect(elsewhere.stderr).toContain("has no libtensorflow_cc.so.2")
    const python = await project.run(["tfjs", "build", "--python", "/nowhere/python"], empty)
    expect(python.stderr).toContain("there is no Python at /nowhere/python")
  })

  test("builds where there is a TensorFlow, checks, and leaves the project alone", async () => {
    const project = makeProject()
    const found = findTensorFlow(usualPlaces())
    if (found === undefined) {
      process.stderr.write("no TensorFlow on this machine to build with\n")
      const { code, stderr } = await project.run(["tfjs", "build"], { XDG_CACHE_HOME: project.path("cache") })
      expect(code).toBe(1)
      expect(stderr).toMatch(/no TensorFlow was found|no C\+\+ compiler|is not installed/)
      return
    }
    const cache = mkdtempSync(join(tmpdir(), "pipeline-test-"))
    const built = await project.run(["tfjs", "build", "--tensorflow", found.folder], { XDG_CACHE_HOME: cache })
    expect(built, built.stderr).toMatchObject({ code: 0 })
    expect(built.stdout.trim().startsWith(cache)).toBe(true)
    expect(built.stderr).toMatch(/TensorFlow \d+\.\d+\.\d+ loads and trains/)
    const standing = await probe(
      { engine: "tfjs-node", networks: [] },
      { XDG_CACHE_HOME: cache, PIPELINE_TFJS_ADDON: "" }
    )
    expect(standing.works && standing.facts.linked).toBe(found.folder)
  })
})
