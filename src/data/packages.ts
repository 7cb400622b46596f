/** npm packages that single kinds of files need: installed when they are first asked for. */
import { InstallFailed, install, missing, titleOf } from "../install/packages.js"

/** A package that is needed is not here and could not be installed: why, and what to do. */
export class PackageUnavailable extends Error {
  override readonly name = "PackageUnavailable"
  readonly _tag = "PackageUnavailable"
}

/** Installs a package if it is not here; says so on stderr. Throws `PackageUnavailable`. */
export function needPackage(name: string, what: string): void {
  if (missing([name]).length === 0) return
  process.stderr.write(`installing ${titleOf(name)}: ${what} it (once)…\n`)
  try {
    install([name])
  } catch (error) {
    if (!(error instanceof InstallFailed)) throw error
    const reason = `${what} ${titleOf(name)} from npm, not installed: ${error.message}`
    throw new PackageUnavailable(`${reason}. With npm's registry within reach the same command installs it.`)
  }
}
