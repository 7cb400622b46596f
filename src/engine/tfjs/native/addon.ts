/**
 * TensorFlow's C library in this process, through the addon of @tensorflow/tfjs-node-gpu.
 *
 * The package's own entry wants its addon inside the package, where its install script puts one that is linked with a
 * libtensorflow 2.9.1 of 2022. Here the addon that `pipeline tfjs build` made (build.ts) is loaded first. The same
 * addon serves with and without a GPU; which of them is settled when it is loaded, once in a process.
 */
import { createRequire } from "node:module"
import util from "node:util"
import * as tf from "@tensorflow/tfjs"
import { EngineUnavailable, firstLine } from "../../unavailable.ts"
import { addonPath, BUILD, linkedTensorFlow, PACKAGE, packageFolder } from "./places.ts"

const require = createRequire(import.meta.url)

/** The part of the addon that is used here. */
interface Addon {
  readonly TF_Version: string
  isUsingGpuDevice(): boolean
}

export type Device = "cpu" | "gpu"

let loaded: { readonly addon: Addon; readonly device: Device } | undefined

/** Loads the addon and registers the backend `tensorflow`. Throws `EngineUnavailable`. */
export function loadAddon(engine: string, device: Device): Addon {
  if (loaded !== undefined) {
    if (loaded.device === device) return loaded.addon
    const reason = `this process has already started TensorFlow for the ${loaded.device.toUpperCase()}`
    throw new EngineUnavailable(engine, reason, "Each of the two engines needs a process of its own.")
  }
  if (packageFolder() === undefined)
    throw new EngineUnavailable(engine, `the package ${PACKAGE} is not installed`, "Run `pipeline doctor --install`.")
  const path = addonPath()
  if (path === undefined)
    throw new EngineUnavailable(engine, "its native addon has not been built", `Run \`${BUILD}\`.`)
  settle(device)
  // @tensorflow/tfjs-node 4.22 calls what Node 23 removed.
  if (!("isNullOrUndefined" in util)) {
    Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined })
  }
  let addon: Addon
  try {
    addon = require(path) as Addon
  } catch (error) {
    throw new EngineUnavailable(engine, `its native addon does not load: ${firstLine(error)}`, `Run \`${BUILD}\`.`)
  }
  if (device === "gpu" && !addon.isUsingGpuDevice()) {
    const reason = `TensorFlow ${addon.TF_Version} finds no GPU that it can use`
    throw new EngineUnavailable(engine, reason, "`pipeline doctor` says more about driver, CUDA and cuDNN.")
  }
  require(`${PACKAGE}/dist/register_all_kernels`)
  const { NodeJSKernelBackend } = require(`${PACKAGE}/dist/nodejs_kernel_backend`) as {
    NodeJSKernelBackend: new (addon: Addon, packageName: string) => tf.KernelBackend
  }
  tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(addon, PACKAGE))
  loaded = { addon, device }
  return addon
}

/** The library that is loaded, and where it comes from. */
export function facts(): Record<string, string> {
  const linked = linkedTensorFlow()
  return {
    libtensorflow: loaded?.addon.TF_Version ?? "none",
    addon: addonPath() ?? "none",
    ...(linked !== undefined && { linked })
  }
}

/** What TensorFlow reads from the environment when it starts, unless the user has said otherwise. */
function settle(device: Device): void {
  const { env } = process
  env.TF_CPP_MIN_LOG_LEVEL ??= "2" // errors only
  if (device === "cpu") {
    env.CUDA_VISIBLE_DEVICES = "-1"
    // One training, one core: the scheduler runs as many at once as there are.
    env.TF_NUM_INTRAOP_THREADS ??= "1"
    env.TF_NUM_INTEROP_THREADS ??= "1"
  } else {
    env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true" // others may share the GPU
    env.NVIDIA_TF32_OVERRIDE ??= "0" // ten bits of mantissa are not single precision
  }
}
