/**
 * Says, before anything is planned, what each module of kernels is or will be when it is compiled: its digest in
 * build/NAME.wasm.sha256. What was built of other sources than there are now is removed. Modules whose sources were edited,
 * so that nobody knows yet what they compile to, are left to build.mjs: `announce` gives their names.
 *
 * Where nothing has changed, nothing has to be written: an installation may be read-only.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import {
  build,
  digestsOfSources,
  inputs,
  isBuilt,
  LOCKED,
  names,
  promisePath,
  readKnown,
  wasmPath,
  write
} from "./sources.mjs"

/** Its time says when all this was known to be true. */
const record = join(build, "confirmed")

/** True if nothing was written since the record was last confirmed: an answer in a millisecond, at every start. */
function untouched() {
  if (!existsSync(record)) return false
  const confirmed = statSync(record).mtimeMs
  return inputs().every((path) => statSync(path).ctimeMs < confirmed) && names.map(promisePath).every(existsSync)
}

/** Notes when it was true. Where that cannot be noted, the sources are read again at each start. */
function confirm(time) {
  try {
    if (!existsSync(record)) write(record, "")
    utimesSync(record, time, time)
  } catch (error) {
    if (!LOCKED.includes(error.code)) throw error
  }
}

/** Gives the modules of which nobody knows what they will be. */
export function announce() {
  if (untouched()) return []
  const began = new Date() // what is written from now on may not be in it
  const digests = digestsOfSources()
  const known = readKnown()
  const edited = names.filter((name) => known[name]?.sources !== digests[name])
  for (const name of names.filter((name) => !edited.includes(name))) {
    const { wasm } = known[name]
    if (existsSync(wasmPath(name)) && !isBuilt(name, wasm)) rmSync(wasmPath(name))
    if (existsSync(promisePath(name)) && readFileSync(promisePath(name), "utf8") === wasm) continue
    mkdirSync(build, { recursive: true })
    write(promisePath(name), wasm)
  }
  if (edited.length === 0) confirm(began)
  return edited
}
