/**
 * The engine `tfjs-webgpu`: TensorFlow.js on WebGPU, through Dawn as the npm package `webgpu` brings it to Node.
 *
 * Only real adapters count: not those that are emulated by the processor, and none that does not compute as plain
 * JavaScript does. $PIPELINE_WEBGPU_SOFTWARE=1 lets emulated ones pass (SwiftShader), to check the numbers, not to train.
 */
import { createRequire } from "node:module"
import * as tf from "@tensorflow/tfjs"
import type { BatchedEngine } from "../batched.ts"
import { type DeviceEngine, inClass } from "../engine.ts"
import { EngineUnavailable, firstLine } from "../unavailable.ts"
import { batched } from "./batched/session.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

const NAME = "tfjs-webgpu"
const [DAWN, BACKEND] = ["webgpu", "@tensorflow/tfjs-backend-webgpu"]
const require = createRequire(import.meta.url)

/** The part of WebGPU that is used here. */
interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  readonly isFallbackAdapter: boolean
}
interface Adapter {
  readonly info: AdapterInfo
  readonly limits: Readonly<Record<string, number>>
  requestDevice(descriptor: object): Promise<object>
}
interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>
}

/** What TensorFlow.js's shaders may ask of a device. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup"
]

let used: AdapterInfo | undefined

const facts = (): Record<string, string> =>
  used === undefined ? {} : { adapter: used.description || used.device || used.vendor, vendor: used.vendor }

export const tfjsWebgpu: TfjsEngine = tfjsEngine(NAME, "webgpu", start, facts)

/** Registers the backend on the adapter, and tries it. Throws `EngineUnavailable`. */
async function start(): Promise<void> {
  // Before there is `navigator.gpu`, the package registers kernels alone and leaves the choice of a device to us.
  const { WebGPUBackend } = load<{
    WebGPUBackend: new (device: object, info: AdapterInfo) => tf.KernelBackend
  }>(BACKEND)
  const { create, globals } = load<{ create(options: ReadonlyArray<string>): Gpu; globals: object }>(DAWN)
  Object.assign(globalThis, globals)
  const gpu = create([])
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true })
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" })
  if (adapter === null)
    throw new EngineUnavailable(NAME, "Dawn finds no adapter", "Install the GPU's driver with Vulkan (libvulkan.so.1).")
  const { info, limits } = adapter
  const emulated =
    info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|\bcpu\b|null/i.test(Object.values(info).join())
  if (emulated && process.env.PIPELINE_WEBGPU_SOFTWARE !== "1") {
    const which = info.description || info.architecture || info.device
    throw new EngineUnavailable(
      NAME,
      `the only adapter, ${which}, is emulated by the processor`,
      "Install the GPU's driver with Vulkan; without a GPU: `--engine auto`."
    )
  }
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]]))
  })
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, info))
  used = info
  const difference = await selfTest()
  if (!(difference < 1e-4)) {
    const reason = `its adapter ${info.description || info.device} computes something else than plain JavaScript (by ${difference.toExponential(0)})`
    throw new EngineUnavailable(NAME, reason, "Update the GPU's driver.")
  }
}

function load<A>(name: string): A {
  try {
    return require(name) as A
  } catch (error) {
    const missing =
      (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND" || firstLine(error).includes(`'${name}'`)
    const reason = missing ? `the package ${name} is not installed` : `${name} does not load: ${firstLine(error)}`
    throw new EngineUnavailable(NAME, reason, "Run `pipeline doctor --install`.")
  }
}

/** Relative difference of a convolution's and a product's gradients between this backend and plain JavaScript. */
async function selfTest(): Promise<number> {
  const gradients = async (backend: string) => {
    await tf.setBackend(backend)
    const found = tf.tidy(() => {
      const wave = (count: number) => Float32Array.from({ length: count }, (_, i) => (((i * 37) % 101) - 50) / 50)
      const images = tf.tensor4d(wave(2 * 6 * 5 * 2), [2, 6, 5, 2])
      const filter = tf.tensor4d(wave(3 * 3 * 2 * 4), [3, 3, 2, 4])
      const dense = tf.tensor2d(wave(6 * 5 * 4 * 3), [6 * 5 * 4, 3])
      const { grads } = tf.valueAndGrads((x, f, d) =>
        tf.sum(
          tf.matMul(
            tf.relu(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, "same")).reshape([2, -1]),
            d as tf.Tensor2D
          )
        )
      )([images, filter, dense])
      return tf.concat1d(grads.map((gradient) => gradient.as1D()))
    })
    const values = await found.data()
    found.dispose()
    return values
  }
  const [found, expected] = [await gradients("webgpu"), await gradients("cpu")]
  let [difference, size] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i] - expected[i]) * (found[i] - expected[i])
    size += expected[i] * expected[i]
  }
  return Math.sqrt(difference / size)
}

export const training = (numericClass: string): DeviceEngine => inClass(tfjsWebgpu, numericClass)

export const groups = (numericClass: string): BatchedEngine => inClass(batched(tfjsWebgpu), numericClass)
