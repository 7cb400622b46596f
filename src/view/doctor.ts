/** How every engine stands on this machine: what `pipeline doctor` prints. */
import { descriptorOf, type EngineName } from "../engine/engines.ts"
import { type Standing as NativeStanding, standing } from "../engine/native/places.ts"
import { type Diagnosis, diagnose } from "../engine/probe/diagnosis.ts"
import type { Machine } from "../engine/probe/machine.ts"
import { SAMPLES } from "../engine/probe/networks.ts"
import { probe, type Standing } from "../engine/probe/probe.ts"
import { linkedTensorFlow } from "../engine/tfjs/native/places.ts"

export type { NativeStanding }

/** How native kernels stand here; built, and tested, where they are not or could not be. `begin`: before it builds. */
export async function examineNative(begin: () => void): Promise<NativeStanding> {
  const found = standing()
  if (found.is === "off" || found.is === "built") return found
  begin()
  const { rebuild } = await import("../engine/native/build.ts")
  return rebuild()
}

export type EngineView = { readonly engine: EngineName } & (
  | (Standing & { readonly works: true })
  | ({ readonly works: false; readonly log: string } & Diagnosis)
)

/** Tries an engine: whether it works, how near it is to plain JavaScript, how fast; if not, why, and what mends it. */
export async function examineEngine(engine: EngineName, machine: Machine): Promise<EngineView> {
  // TensorFlow says why it finds no GPU only where it may say everything.
  const { needs, device } = descriptorOf(engine)
  const env: Record<string, string> = needs === "TensorFlow" && device === "gpu" ? { TF_CPP_MIN_LOG_LEVEL: "0" } : {}
  const standing = await probe({ engine, networks: SAMPLES }, env)
  if (standing.works) return { engine, ...standing }
  return { engine, works: false, log: standing.log, ...diagnose(engine, standing, machine, linkedTensorFlow()) }
}
