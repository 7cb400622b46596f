/** How every engine stands on this machine: what `pipeline doctor` prints. */
import { descriptorOf, type EngineName } from "../engine/engines.ts"
import { isSettled, MODULES, type Module, type Standing as NativeStanding, standing } from "../engine/native/places.ts"
import { type Diagnosis, diagnose } from "../engine/probe/diagnosis.ts"
import type { Machine } from "../engine/probe/machine.ts"
import { SAMPLES } from "../engine/probe/networks.ts"
import { probe, type Standing } from "../engine/probe/probe.ts"
import { linkedTensorFlow } from "../engine/tfjs/native/places.ts"

/** How the native kernels of a module stand. */
export type NativeView = { readonly module: Module } & NativeStanding

/**
 * How native kernels stand here, module by module; one alone where they are off. The first, of most trainings, is built and
 * tested where it is not there; so is what could not be built before. `begin`: before anything is built.
 */
export async function examineNative(begin: () => void): Promise<ReadonlyArray<NativeView>> {
  const views: Array<NativeView> = []
  const [first] = MODULES
  for (const module of MODULES) {
    const found = standing(module)
    if (found.is === "off") return [{ module, ...found }]
    const wanted = found.is === "missing" ? module === first : found.is === "failed" || !isSettled(found)
    if (wanted && views.every(({ is }) => is !== "failed")) {
      begin()
      const { rebuild } = await import("../engine/native/build.ts")
      views.push({ module, ...(await rebuild(module)) })
    } else views.push({ module, ...found })
  }
  return views
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
