/** npm packages that single kinds of files need: installed when they are first asked for. */
import { InstallFailed, install, missing, titleOf } from "../install/packages.js"

/** A package that is needed is not here and could not be installed: why, and what to do. */
export class PackageUnavailable extends Error {
  override readonly name = "PackageUnavailable"
  readonly _tag = "PackageUnavailable"
}

/** Installs packages if they are not here; says so on stderr. Throws `PackageUnavailable`. */
export function needPackages(names: ReadonlyArray<string>, what: string): void {
  const wanted = missing([...names])
  if (wanted.length === 0) return
  const titles = wanted.map((name) => titleOf(name)).join(" and ")
  process.stderr.write(`installing ${titles}: ${what} ${wanted.length === 1 ? "it" : "them"} (once)…\n`)
  try {
    install(wanted)
  } catch (error) {
    if (!(error instanceof InstallFailed)) throw error
    const reason = `${what} ${titles} from npm, not installed: ${error.message}`
    throw new PackageUnavailable(
      `${reason}. With npm's registry within reach the same command installs what is missing.`
    )
  }
}

/** What image files are decoded with. Throws `PackageUnavailable`. */
export const needDecoders = (): void => needPackages(["sharp", "@cwasm/nsbmp"], "image files are decoded with")
