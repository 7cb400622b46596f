/**
 * The names that this program gives to what it keeps in a cache's folder. What bears another name there is somebody
 * else's: it is passed over, and never removed.
 */

/** What stands directly in the folder, beside the marker. */
export const FOLDERS = [
  "blobs",
  "checkpoints",
  "damaged",
  "index",
  "leases",
  "logs",
  "open",
  "opening",
  "runs",
  "scratch",
  "tmp",
  "variants"
] as const

/** Files of fixed names. */
export const FILES = [
  "journal",
  "index/data.mdb",
  "index/lock.mdb",
  "index/clean",
  "index/boot",
  "leases/data.mdb",
  "leases/lock.mdb"
] as const

export const MARKER = "pipeline-cache"

const digest = /^[0-9a-f]{64}$/

export const isOwn = {
  shard: (name: string) => /^[0-9a-f]{2}$/.test(name),
  blob: (name: string) => /^[0-9a-f]{62}$/.test(name),
  /** A file that is being written, or a folder of an import: by the process that does so. */
  tmp: (name: string) => /^\d+(-\d*(-[0-9a-f]{12}-\d*)?)?-(\d+|import)$/.test(name),
  /** That a process has the cache open; that it waits for its turn to open it. */
  note: (name: string) => /^\d+-\d*(-[0-9a-f]{12}-\d*)?$/.test(name),
  ticket: (name: string) => /^\d+-\d*(-[0-9a-f]{12}-\d*)?\.\d+$/.test(name),
  /** A family of checkpoints, and one of them. */
  checkpoints: (name: string) => digest.test(name),
  checkpoint: (name: string) => /^\d+(\.end)?$/.test(name),
  /** Which variants a project has run: by the digest of the name. */
  variant: (name: string) => /^[0-9a-f]{32}\.json$/.test(name),
  /** What happened in a run, and what it is doing: by when it began and its process. */
  run: (name: string) => /^\d{8}T\d{6}-\d+-\d*(-[0-9a-f]{12}-\d*)?\.(jsonl|now)$/.test(name),
  scratch: (name: string) => /^[0-9a-f]{16}$/.test(name),
  log: (name: string) => name.endsWith(".log"),
  /** What was moved aside: with the time at which it was. */
  damaged: (name: string) => digest.test(name) || /^[\w.]+-\d{13}(\.\d+)?$/.test(name)
}
