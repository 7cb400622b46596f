/**
 * Files of the wrong kind, in every place of a real cache: a folder, a pipe, a device, a link that leads nowhere, a file
 * of no bytes or of three billion, one that may not be read. Whatever stands there, each command ends soon, with a
 * result or one message that names the place; what it names is mended, and nothing that was finished is lost.
 *
 * `npm test` tries each kind in some of the places; `npm run matrix` tries every kind in every place.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { FILES, FOLDERS, MARKER } from "../../src/cache/names.ts"
import { end, filesIn, linesOf, makeProject, type Project } from "../support/project.ts"

const NODES = 10 // of the study loads
const HUGE = 3_000_000_000
const SOON_MS = 60_000
const isWhole = process.env.MODE === "matrix" // vitest run --mode matrix
const isRoot = process.getuid?.() === 0

const KINDS: Readonly<Record<string, (path: string) => void>> = {
  "a folder": (path) => mkdirSync(join(path, "within"), { recursive: true }),
  "a pipe": (path) => void execFileSync("mkfifo", [path]),
  "a device": (path) => symlinkSync("/dev/zero", path),
  "a link that leads nowhere": (path) => symlinkSync("nowhere", path),
  "an empty file": (path) => writeFileSync(path, ""),
  "a huge file": (path) => {
    writeFileSync(path, "")
    truncateSync(path, HUGE)
  },
  "a text": (path) => writeFileSync(path, "not what belongs here\n")
}

/** A file that keeps its head and grows by zeros; a file or folder that others may not even look at. */
const CHANGES: Readonly<Record<string, (path: string) => void>> = {
  grown: (path) => truncateSync(path, HUGE),
  "without permission": (path) => chmodSync(path, 0)
}

interface Cell {
  readonly place: string
  readonly kind: string
}

function spoil(cache: string, { place, kind }: Cell): void {
  const path = join(cache, place)
  mkdirSync(dirname(path), { recursive: true })
  if (!(kind in CHANGES)) rmSync(path, { recursive: true, force: true })
  const make = CHANGES[kind] ?? KINDS[kind]
  make(path)
}

function cellsOf(cache: string): ReadonlyArray<Cell> {
  const [blob] = filesIn(join(cache, "blobs"))
  const [state] = filesIn(join(cache, "checkpoints"))
  const [log] = filesIn(join(cache, "logs"))
  const inner = [
    `blobs/${blob}`,
    `blobs/${dirname(blob)}`,
    ...(state === undefined ? [] : [`checkpoints/${state}`, `checkpoints/${dirname(state)}`]),
    ...(log === undefined ? [] : [`logs/${log}`, `logs/${dirname(log)}`])
  ]
  const places = [MARKER, ...FILES, ...FOLDERS, ...inner]
  return places.flatMap((place) => {
    const found = lstatSync(join(cache, place), { throwIfNoEntry: false })
    const kinds = Object.keys(KINDS).filter((kind) => !(found?.isDirectory() && kind === "a folder"))
    if (found?.isFile()) kinds.push("grown")
    if (found !== undefined && isRoot) kinds.push("without permission")
    return kinds.map((kind) => ({ place, kind }))
  })
}

const COMMANDS = [["status"], ["run", "--json"], ["cache", "verify"], ["cache", "gc"], ["cache", "gc", "--yes"]]

/** Whether a command ended as it should. */
function complaintOf(
  ended: { readonly code: number | null; readonly stderr: string; readonly ms: number },
  cell: Cell
) {
  const { code, stderr, ms } = ended
  if (code === null) return "did not end"
  if (ms > SOON_MS) return `took ${Math.round(ms / 1000)} s`
  if (/^\s+at |something went wrong that should not|TypeError|RangeError/m.test(stderr)) return "threw"
  if (code > 1) return `ended with ${code}`
  const named = stderr.includes(cell.place) || stderr.includes(cell.place.split("/")[0])
  // One of the last words, not a wall of them.
  if (code === 1 && !named && !stderr.includes("problem")) return "names no place"
  return undefined
}

async function tryCell(project: Project, base: string, cell: Cell, cache: string): Promise<ReadonlyArray<string>> {
  // Nothing of it may be read by the user for whom it is spoilt, so that one is not root.
  const uid = cell.kind === "without permission" ? 65534 : undefined
  execFileSync("cp", ["-a", base, cache])
  if (uid !== undefined) execFileSync("chown", ["-R", String(uid), cache])
  spoil(cache, cell)
  const complaints: Array<string> = []
  const run = async (command: ReadonlyArray<string>) => {
    const begin = performance.now()
    const ended = await project.run([...command, "--cache", cache], {}, uid)
    const complaint = complaintOf({ ...ended, ms: performance.now() - begin }, cell)
    if (complaint !== undefined)
      complaints.push(`${cell.place}, ${cell.kind}: \`${command.join(" ")}\` ${complaint}: ${ended.stderr.slice(-300)}`)
    return ended
  }
  for (const command of COMMANDS) await run(command)
  // Without permission it is told of until somebody gives it; all else is mended by now.
  if (uid !== undefined) {
    if (lstatSync(join(cache, cell.place), { throwIfNoEntry: false })) execFileSync("chmod", ["-R", "u+rwX", cache])
    await run(["run", "--json"])
  }
  await run(["cache", "verify"])
  const verified = await run(["cache", "verify"])
  if (verified.code !== 0) complaints.push(`${cell.place}, ${cell.kind}: verify is not content: ${verified.stderr}`)
  const last = await run(["run", "--json"])
  const { executed, reused, failed } = end(linesOf(last.stdout)) ?? {}
  if (last.code !== 0 || executed !== 0 || reused !== NODES)
    complaints.push(`${cell.place}, ${cell.kind}: at last ${executed} ran, ${reused} are there, ${failed} failed`)
  execFileSync("chmod", ["-R", "u+rwX", cache])
  rmSync(cache, { recursive: true, force: true })
  return complaints
}

/** Each kind, and each place as far as the kinds reach: a diagonal through the matrix. */
function someOf(cells: ReadonlyArray<Cell>): ReadonlyArray<Cell> {
  const places = [...new Set(cells.map(({ place }) => place))]
  const kinds = [...new Set(cells.map(({ kind }) => kind))]
  return kinds.flatMap((kind, i) => {
    const of = cells.filter((cell) => cell.kind === kind)
    return of.find(({ place }) => place === places[(i * 5 + 2) % places.length]) ?? of.slice(0, 1)
  })
}

test("whatever stands in a place of the cache, no command hangs, throws or loses what was finished", async () => {
  const project = makeProject({ pipeline: "loads" })
  for (const path of [project.root, dirname(project.root)]) chmodSync(path, 0o777)
  await project.json(["run"])
  execFileSync("chmod", ["-R", "a+rwX", project.root])
  const base = project.path("cache")
  const all = cellsOf(base)
  const cells = isWhole ? all : someOf(all)
  const found: Array<string> = []
  let next = 0
  const lane = async (cache: string) => {
    while (next < cells.length) {
      const cell = cells[next++]
      found.push(...(await tryCell(project, base, cell, cache)))
    }
  }
  await Promise.all([lane(project.path("cache-1")), lane(project.path("cache-2"))])
  if (isWhole) console.log(`${cells.length} cells`)
  expect(readdirSync(project.root)).not.toContain("nowhere")
  expect(found).toEqual([])
}, 3_600_000)
