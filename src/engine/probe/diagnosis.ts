/** Why an engine does not work here, as exactly as can be told from outside, and the command that mends it. */
import { descriptorOf, type EngineName } from "../engines.ts"
import { BUILD } from "../tfjs/native/places.ts"
import { examineTensorFlow, type Machine } from "./machine.ts"
import type { Standing } from "./probe.ts"

export interface Diagnosis {
  readonly reason: string
  readonly remedy: string
}

const CUDA_WHEEL = "python3 -m venv ~/tensorflow && ~/tensorflow/bin/pip install 'tensorflow[and-cuda]'"
const REBUILD = `${BUILD} --python ~/tensorflow/bin/python3`

/** `linked`: the folder of the TensorFlow that the addon was built with, where that is known. */
export function diagnose(
  engine: EngineName,
  standing: Standing & { readonly works: false },
  machine: Machine,
  linked: string | undefined
): Diagnosis {
  const { reason, remedy, log } = standing
  if (reason.startsWith("not installed") && remedy !== null) return { reason, remedy }
  if (descriptorOf(engine).needs === "TensorFlow") {
    if (reason.includes("finds no GPU")) return whyNoGpu(reason, log, machine, linked)
    return native(reason, remedy, machine)
  }
  return { reason, remedy: remedy ?? "run `npm start`; if that does not mend it, please report this" }
}

function native(reason: string, remedy: string | null, { tensorflow }: Machine): Diagnosis {
  if (remedy?.includes("--install")) return { reason, remedy }
  // Built for another Node, or with a TensorFlow that has gone or was replaced.
  const broken =
    /undefined symbol|cannot open shared object|NODE_MODULE_VERSION|did not self-register|GLIBCXX|signal/.test(reason)
  const why = broken ? `${reason} (it was built for another TensorFlow or Node than there is now)` : reason
  if (tensorflow !== undefined) return { reason: why, remedy: BUILD }
  return {
    reason: `${why}; and there is no TensorFlow to build it with`,
    remedy: `python3 -m venv ~/tensorflow && ~/tensorflow/bin/pip install tensorflow && ${REBUILD}`
  }
}

function whyNoGpu(reason: string, log: string, machine: Machine, linked: string | undefined): Diagnosis {
  const { gpus, driverProblem } = machine
  if (gpus.length === 0) {
    return {
      reason: driverProblem ?? reason,
      remedy: "on a machine with an NVIDIA GPU: install its driver; without one: `--engine auto`"
    }
  }
  const hidden = process.env.CUDA_VISIBLE_DEVICES
  if (hidden === "" || hidden === "-1")
    return { reason: `CUDA_VISIBLE_DEVICES=${hidden} hides all GPUs`, remedy: "unset CUDA_VISIBLE_DEVICES" }
  if (/TensorFlow 2\.9\./.test(reason)) {
    return {
      reason: `the published addon's TensorFlow 2.9.1 was made for CUDA 11.2, which cannot drive ${gpus[0].name} with driver ${gpus[0].driver}`,
      remedy: `${CUDA_WHEEL} && ${REBUILD}`
    }
  }
  const wheel = linked === undefined ? machine.tensorflow : examineTensorFlow(linked)
  if (wheel?.cuda === "none") {
    return {
      reason: `the TensorFlow in ${wheel.folder} was built without CUDA`,
      remedy: `${CUDA_WHEEL} && ${REBUILD}`
    }
  }
  const said = log
    .split("\n")
    .filter((line) => /dlopen|Could not load dynamic library|Cannot|failed call|CUDA_ERROR|cuDNN|cuda/i.test(line))
    .map((line) => line.replace(/^.*?\.(?:cc|h):\d+\] ?/, "").trim())
  const wanted =
    wheel === undefined || wheel.cuda === "unknown" ? "" : ` (it wants CUDA ${wheel.cuda}, cuDNN ${wheel.cudnn ?? "?"})`
  return {
    reason: `TensorFlow cannot use ${gpus[0].name}, driver ${gpus[0].driver}${wanted}: ${said[0] ?? "it does not say why"}`,
    remedy: `${CUDA_WHEEL} && ${REBUILD}`
  }
}
