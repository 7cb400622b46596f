/** The GPUs that a run may use. */
import { type Gpus, makeGpus } from "../run/gpus.ts"
import { configured, configuredNumber } from "./config.ts"
import { UsageError } from "./errors.ts"

/** `0,1`, or what the environment names. */
export function readGpus(list = configured("gpus"), perGpu = configuredNumber("perGpu") ?? 1): Gpus {
  const { CUDA_VISIBLE_DEVICES: visible } = process.env
  const named = list ?? (visible === undefined || visible === "" || visible === "-1" ? "0" : visible)
  const names = named.split(",").map((name) => name.trim())
  if (names.some((name) => !/^[\w-]+$/.test(name)) || new Set(names).size < names.length)
    throw new UsageError({
      problem: `--gpus ${named === "" ? "''" : named}: expected different GPUs, as in --gpus 0,1`
    })
  if (perGpu < 1) throw new UsageError({ problem: `--per-gpu ${perGpu}: expected a number of at least 1` })
  return makeGpus(names, perGpu)
}
