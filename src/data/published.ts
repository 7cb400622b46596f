/**
 * Files as a data set's authors distribute them, known by digests: it does not matter where they come from or how they
 * are packed. First a local mirror is looked at, in any usual layout, then the network.
 */
import { hash } from "node:crypto"
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { gunzip, isGzip } from "../foreign/gzip.ts"
import { Malformed } from "../foreign/malformed.ts"
import { DownloadFailed, download, tooLarge } from "./download.ts"
import { DataError } from "./errors.ts"
import { unpack } from "./unpack.ts"

/** What is wanted. Digests are `md5:…` or `sha256:…`, lower-case hexadecimal. */
export interface PublishedFiles {
  /** Unpacked files by name, with their digest where it is known. */
  readonly files: Readonly<Record<string, string | null>>
  readonly archives: ReadonlyArray<{
    readonly name: string
    readonly digest: string
    /** Names of the files in it; its own, where it is wanted as it is. */
    readonly holds: ReadonlyArray<string>
    /** Its size, where it is larger than what is wanted of it. */
    readonly bytes?: number
  }>
}

/** Where it may be. */
export interface Places {
  /** Folders of a mirror in which people keep these files, such as `MNIST/raw`; the mirror itself is looked at first. */
  readonly folders: ReadonlyArray<string>
  /** Addresses of each archive. */
  readonly addresses: Readonly<Record<string, ReadonlyArray<string>>>
}

export interface AcquireOptions {
  /**
   * No file, packed or not, and no archive's contents are larger, where an archive does not say how large it is: the
   * set's declared shape says how large they can be.
   */
  readonly atMost: number // bytes
  readonly mirror: string | undefined
  /** Names a file for the part of a download. */
  readonly part: (archive: string) => string
  readonly progress: (archive: string, done: number, total: number | undefined) => void // bytes
  readonly network?: {
    readonly attempts?: number
    readonly pauseMs?: number
    readonly stallMs?: number
    readonly withinMs?: number
  }
}

type Files = Readonly<Record<string, Uint8Array>>

/** Says what differs, if anything. */
function mismatch(bytes: Uint8Array, digest: string): string | undefined {
  const [algorithm, expected] = digest.split(":")
  const found = hash(algorithm, bytes, "hex")
  return found === expected ? undefined : `expected the ${algorithm.toUpperCase()} ${expected}, found ${found}`
}

/** Gives every file's bytes, or throws one `DataError` that says which are wanted, from where, and where to put them. */
export async function acquire(
  name: string,
  wanted: PublishedFiles,
  places: Places,
  { atMost, mirror, part, progress, network }: AcquireOptions
): Promise<Files> {
  const found: Record<string, Uint8Array> = {}
  const notes: Array<string> = []
  const missing = () => Object.keys(wanted.files).filter((file) => found[file] === undefined)
  const mostOf = ({ bytes = 0 }: PublishedFiles["archives"][number]) => Math.max(atMost, bytes)
  /** Takes the files of an archive that are wanted; says what is wrong with it, if anything. */
  const take = async (archive: PublishedFiles["archives"][number], bytes: Uint8Array): Promise<string | undefined> => {
    const wrong = mismatch(bytes, archive.digest)
    // Packed by somebody else: the files in it decide, where their digests are known. Otherwise nothing is unpacked.
    if (wrong !== undefined && archive.holds.some((file) => wanted.files[file] === null)) return wrong
    if (isItself(archive)) {
      if (wrong === undefined) found[archive.name] = bytes
      return wrong
    }
    let entries: ReadonlyMap<string, Uint8Array>
    try {
      entries = await unpack(bytes, archive.name, archive.holds, atMost)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      return wrong ?? error.message
    }
    const taken: Record<string, Uint8Array> = {}
    for (const file of archive.holds) {
      const inside = entries.get(file)
      if (inside === undefined) return wrong ?? `it holds no ${file}`
      const digest = wanted.files[file]
      const differs = digest === null ? undefined : mismatch(inside, digest)
      if (differs !== undefined) return wrong ?? `${file} in it: ${differs}`
      taken[file] = inside
    }
    Object.assign(found, taken)
    return undefined
  }

  if (mirror !== undefined) {
    const folders = ["", ...places.folders].map((folder) => join(mirror, folder))
    /** The bytes of a file, or what is wrong with it. */
    const read = (path: string, most: number): Uint8Array | string => {
      const { size } = statSync(path)
      if (size > most) return tooLarge(size, most)
      try {
        return readFileSync(path)
      } catch (error) {
        return (error as Error).message
      }
    }
    /** The bytes of a file, which may be gzipped, if it is the one with this digest. */
    const readAs = (path: string, digest: string): Uint8Array | string => {
      const bytes = read(path, atMost)
      if (typeof bytes === "string") return bytes
      const wrong = mismatch(bytes, digest)
      if (wrong === undefined || !isGzip(bytes)) return wrong ?? bytes
      try {
        const unpacked = gunzip(bytes, atMost)
        return mismatch(unpacked, digest) ?? unpacked
      } catch (error) {
        return (error as Error).message
      }
    }
    const candidates = (file: string) =>
      folders.map((folder) => join(folder, file)).filter((path) => existsSync(path) && statSync(path).isFile())
    for (const [file, digest] of Object.entries(wanted.files)) {
      if (digest === null) continue
      for (const path of variants(file).flatMap(candidates)) {
        const copy = readAs(path, digest)
        if (typeof copy !== "string") {
          found[file] = copy
          break
        }
        notes.push(`${path}: ${copy}`)
      }
    }
    for (const archive of wanted.archives) {
      if (archive.holds.every((file) => found[file] !== undefined)) continue
      for (const path of candidates(archive.name)) {
        const bytes = read(path, mostOf(archive))
        const wrong = typeof bytes === "string" ? bytes : await take(archive, bytes)
        if (wrong === undefined) break
        notes.push(`${path}: ${wrong}`)
      }
    }
  }

  const wrongCopies = notes.length > 0
  const unreachable = new Map<string, string>()
  for (const archive of wanted.archives) {
    const urls = places.addresses[archive.name] ?? []
    if (urls.length === 0 || archive.holds.every((file) => found[file] !== undefined)) continue
    try {
      await download(urls, part(archive.name), {
        ...network,
        atMost: mostOf(archive),
        unreachable,
        refuse: (bytes) => take(archive, bytes),
        progress: (done, total) => progress(archive.name, done, total)
      })
    } catch (error) {
      if (!(error instanceof DownloadFailed)) throw error
      notes.push(...error.reasons)
    }
  }
  if (missing().length > 0) throw absent(name, wanted, places, { mirror, missing: missing(), wrongCopies, notes })
  return found
}

/** Wanted as it is, not unpacked. */
const isItself = ({ name, holds }: PublishedFiles["archives"][number]): boolean =>
  holds.length === 1 && holds[0] === name

/** The names under which people keep an IDX file: the archive that holds it is called as it is, or with a dot. */
const variants = (file: string): ReadonlyArray<string> =>
  [...new Set([file, file.replace(/-(idx\d-ubyte)$/, ".$1")])].flatMap((name) => [name, `${name}.gz`])

interface Absence {
  readonly mirror: string | undefined
  readonly missing: ReadonlyArray<string>
  /** The mirror has files of these names, with other content. */
  readonly wrongCopies: boolean
  readonly notes: ReadonlyArray<string>
}

function absent(
  name: string,
  wanted: PublishedFiles,
  { folders, addresses }: Places,
  { mirror, missing, wrongCopies, notes }: Absence
): DataError {
  const archives = wanted.archives.filter(({ holds }) => holds.some((file) => missing.includes(file)))
  const loose = missing.filter((file) => wanted.files[file] !== null)
  // Of archives that hold the same, those that can be had.
  const reachable = archives.filter(({ name }) => addresses[name] !== undefined)
  const packed = [...new Set((reachable.length > 0 ? reachable : archives).map((archive) => archive.name))]
  const plain = loose.filter((file) => !packed.includes(file) && !packed.includes(`${file}.gz`))
  const names = [...packed, ...(packed.length > 0 && plain.length > 0 ? ["or unpacked"] : []), ...plain].join(", ")
  const where = mirror ?? "the folder that --data-dir or PIPELINE_DATA_DIR names"
  const sources = packed.flatMap((archive) => addresses[archive]?.slice(0, 1) ?? [])
  // Of many files their folder says it.
  const from = sources.length > 1 ? [...new Set(sources.map((source) => new URL(".", source).href))] : sources
  const origin = from.length === 0 ? "they have no public address" : `from ${from.join(", ")}`
  return new DataError({
    file: name,
    expected: `the files ${names}`,
    found: [...(wrongCopies ? [] : [`none of them in ${where}`]), ...new Set(notes)].join("; "),
    advice: `put them into ${join(mirror ?? "DIR", folders[0] ?? "")}${mirror === undefined ? " and name DIR with --data-dir or PIPELINE_DATA_DIR" : ""} (${origin}), then run again`
  })
}
