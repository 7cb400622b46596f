/**
 * A run's shared folder, which all its machines see:
 *
 *     plan.json      what is to be done, with what code (plan.ts)
 *     nodes.json     the names of the nodes that workers compute
 *     wanted.json    whether it goes on, and how many workers there should be (wanted.ts)
 *     worker.sh      what each job of the cluster runs
 *     claims/ROUND/  who computes which node, and which have ended (claims.ts); a new round for each beginning
 *     workers/       a file a worker: that it lives, and what it does (workers.ts)
 *     checkpoints/   states of nodes, so that another machine goes on where one has stopped
 *     logs/          what nodes and workers wrote
 *
 * Results are not here: they are in the shared store, and that is the truth about them. The folder may be removed
 * when the run has ended.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const FOLDERS = ["claims", "workers", "checkpoints", "logs"] as const

/** Folder of all runs of a shared store. */
export const runsOf = (store: string): string => join(store, "runs")

export const places = (run: string) => ({
  plan: join(run, "plan.json"),
  nodes: join(run, "nodes.json"),
  wanted: join(run, "wanted.json"),
  script: join(run, "worker.sh"),
  claims: join(run, "claims"),
  round: ({ round }: { readonly round: number }) => join(run, "claims", String(round)),
  workers: join(run, "workers"),
  checkpoints: join(run, "checkpoints"),
  logs: join(run, "logs")
})

/** Makes the folders of a run. Throws errors of the file system. */
export function makeRunFolder(run: string): void {
  for (const name of FOLDERS) mkdirSync(join(run, name), { recursive: true })
}

/** More than any note has. */
const MOST_BYTES = 64 << 20

/** The text of a file that another machine wrote; undefined if there is none. */
export function textOf(path: string): string | undefined {
  try {
    const found = statSync(path)
    return found.isFile() && found.size <= MOST_BYTES ? readFileSync(path, "utf8") : undefined
  } catch {
    return undefined
  }
}

/** Makes a file that nobody else has made; false where there is one. Throws other errors of the file system. */
export function makeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}
