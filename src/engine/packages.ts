/** npm packages of single engines: installed when one of these engines is first asked for. */
import { InstallFailed, install, missing, titleOf } from "../install/packages.js"
import type { EngineDescriptor } from "./descriptor.ts"
import { EngineUnavailable } from "./unavailable.ts"

/** What an engine needs of npm and what is not here, as `NAME VERSION`. */
export const missingPackages = ({ packages }: EngineDescriptor): ReadonlyArray<string> =>
  missing(packages ?? []).map(titleOf)

/** Installs what the engines need and what is not here; says so on stderr. Throws `EngineUnavailable`. */
export function needPackages(engines: ReadonlyArray<EngineDescriptor>): void {
  const absent = missing([...new Set(engines.flatMap(({ packages }) => packages ?? []))])
  if (absent.length === 0) return
  const titles = absent.map(titleOf).join(", ")
  const names = engines.map(({ name }) => name).join(", ")
  process.stderr.write(
    `installing ${titles}: the engine ${names} needs ${absent.length === 1 ? "it" : "them"} (once)…\n`
  )
  try {
    install(absent)
  } catch (error) {
    if (!(error instanceof InstallFailed)) throw error
    const remedy = "With npm's registry within reach the same command installs them; the engine wasm needs none."
    throw new EngineUnavailable(names, `it needs ${titles} from npm, not installed: ${error.message}`, remedy)
  }
}
