/**
 * Things of the wrong kind, in every place of a real cache and of a report: a folder, a file, a pipe, a device, a link
 * that leads nowhere, a file of no bytes or of three billion, another user's, one without permission. Whatever stands
 * there, each command ends soon, with a result or one message that names the place; what can be mended is, and nothing
 * that was finished is lost.
 *
 * `npm test` tries each kind in one place or two; `npm run matrix` tries every kind in every place.
 */
import { type ExecFileException, execFile, execFileSync } from "node:child_process"
import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { FILES, FOLDERS, MARKER } from "../../src/cache/names.ts"
import { list, parse, text } from "../../src/data/json.ts"
import { end, filesIn, linesOf, makeProject, type Project } from "../support/project.ts"

const isWhole = process.env.MODE === "matrix" // vitest run --mode matrix
const isRoot = process.getuid?.() === 0

/** Gives many command lines in one process: a cell takes a second. */
const SCRIPT = fileURLToPath(new URL("../support/messages.ts", import.meta.url))

const STUDIES = ["loads", "training"]
const NODES = 11
const HUGE = 3_000_000_000
const SOON_MS = 600_000
const NOBODY = 65534

/** What takes the place of what was there. */
const REPLACED: Readonly<Record<string, (path: string) => void>> = {
  "a folder": (path) => void mkdirSync(join(path, "within"), { recursive: true }),
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

/** What becomes of what was there. */
const CHANGED: Readonly<Record<string, (path: string) => void>> = {
  grown: (path) => truncateSync(path, HUGE),
  "without permission": (path) => chmodSync(path, 0),
  "another user's": (path) => execFileSync("sh", ["-c", 'chown -R 0:0 "$1" && chmod -R go-rwx "$1"', "sh", path])
}
/** Root may do everything, so these are tried as somebody else. */
const FORBIDDEN = ["without permission", "another user's"]

interface Cell {
  readonly place: string // relative to the project
  readonly kind: string
}

/** A project with a result of each sort: inline values, blobs, checkpoints, a log, a report. */
async function makeUsed(): Promise<Project> {
  const project = makeProject({ pipeline: "loads" })
  chmodSync(dirname(project.root), 0o755)
  project.edit("pipeline/compute/train.ts", "let state", 'console.log("training")\n  let state')
  await project.json(["run", ...STUDIES])
  execFileSync("chmod", ["-R", "a+rwX", project.root])
  for (const folder of ["cache", "reports"])
    execFileSync("cp", ["-a", project.path(folder), project.path(`${folder}.0`)])
  return project
}

function cellsOf(project: Project): ReadonlyArray<Cell> {
  const inner = ["cache/blobs", "cache/checkpoints", project.logs, "reports"].flatMap((folder) => {
    const [file] = filesIn(project.path(folder))
    return [`${folder}/${file}`, dirname(`${folder}/${file}`)]
  })
  const fixed = [MARKER, ...FILES, ...FOLDERS].map((place) => `cache/${place}`)
  return [...fixed, ...inner].flatMap((place) => {
    const found = lstatSync(project.path(place), { throwIfNoEntry: false })
    const kinds = Object.keys(REPLACED).filter((kind) => !(found?.isDirectory() && kind === "a folder"))
    if (found?.isFile()) kinds.push("grown")
    if (found !== undefined && isRoot) kinds.push(...FORBIDDEN)
    return kinds.map((kind) => ({ place, kind }))
  })
}

/** Two places for each kind, others for each: a diagonal through the matrix. */
function someOf(cells: ReadonlyArray<Cell>): ReadonlyArray<Cell> {
  const kinds = [...new Set(cells.map(({ kind }) => kind))]
  return kinds.flatMap((kind, i) => {
    const of = cells.filter((cell) => cell.kind === kind)
    return [of[(i * 5 + 1) % of.length]]
  })
}

function spoil(path: string, kind: string): void {
  mkdirSync(dirname(path), { recursive: true })
  if (kind in REPLACED) rmSync(path, { recursive: true, force: true })
  const make = REPLACED[kind] ?? CHANGED[kind]
  make(path)
}

const RUN = ["run", ...STUDIES, "--json"]
const AT_FIRST = [["status", ...STUDIES], RUN, ["cache", "verify"], ["cache", "gc", "--yes"]]
// What is asked for by name is made again, though nobody needs its bytes; then nothing is missing.
const THEN = [["run", ...STUDIES, "make", "mix", "--json"], ["cache", "verify"], ["cache", "verify"], RUN]

interface Ended {
  readonly command: ReadonlyArray<string>
  readonly text: string
  readonly code: number
}

/** What commands say that are given one after another, in one process; how it ended if it crashed, or did not end. */
async function give(project: Project, commands: ReadonlyArray<ReadonlyArray<string>>, uid: number | undefined) {
  const cases = commands.map((args) => ({ folder: project.root, args }))
  project.write("cases.json", JSON.stringify(cases))
  const { error, stdout } = await new Promise<{ error: ExecFileException | null; stdout: string }>((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" }
    execFile(
      process.execPath,
      [SCRIPT, project.path("cases.json")],
      { env, uid, timeout: SOON_MS, killSignal: "SIGKILL" },
      (error, stdout) => resolve({ error, stdout })
    )
  })
  if (error !== null)
    return error.killed ? "they did not end" : `they crashed: ${error.signal} ${error.message.slice(-400)}`
  return parse(stdout, list(text)).map((text, i): Ended => {
    const code = Number(/\(exit code (\d+)\)$/.exec(text)?.[1])
    return { command: commands[i], text, code }
  })
}

/** What a command did that none should do. */
function complaintOf({ command, text, code }: Ended, { place }: Cell): string | undefined {
  if (/^\s+at |should not|TypeError|RangeError/m.test(text)) return "threw"
  if (code > 1) return `ended with ${code}`
  const name = place.replace(/^cache\//, "")
  if (code === 1 && !text.includes(name.split("/")[0])) return "names no place"
  // What is lost is made again; nothing else.
  const again = command === RUN && code === 0 ? summaryOf(text).executed : 0
  return again !== 0 && !place.startsWith("cache/blobs") ? `ran ${again} nodes again` : undefined
}

/** The last line of `run --json`. */
const summaryOf = (text: string) => end(linesOf(text.replace(/^[^{].*$/gm, ""))) ?? {}

/** Spoils one place, gives all commands, and says what was wrong with them. */
async function tryCell(project: Project, cell: Cell): Promise<ReadonlyArray<string>> {
  const uid = FORBIDDEN.includes(cell.kind) ? NOBODY : undefined
  for (const folder of ["cache", "reports"]) {
    project.remove(folder)
    execFileSync("cp", ["-a", project.path(`${folder}.0`), project.path(folder)])
    if (uid !== undefined) execFileSync("chown", ["-R", String(uid), project.path(folder)])
  }
  const path = project.path(cell.place)
  spoil(path, cell.kind)
  const first = await give(project, AT_FIRST, uid)
  // Nobody but the user can give permission, and a report's folder is the user's.
  if (uid !== undefined && lstatSync(path, { throwIfNoEntry: false })) {
    execFileSync("chown", ["-R", String(uid), path])
    execFileSync("chmod", ["-R", "u+rwX", path])
  }
  if (cell.place.startsWith("reports")) rmSync(path, { recursive: true, force: true })
  const then = await give(project, THEN, uid)
  const complaints = [first, then].flat().flatMap((ended) => {
    if (typeof ended === "string") return [ended]
    const complaint = complaintOf(ended, cell)
    return complaint === undefined ? [] : [`\`${ended.command.join(" ")}\` ${complaint}: ${ended.text.slice(-400)}`]
  })
  const [, , verified, last] = typeof then === "string" ? [] : then
  if (verified !== undefined && verified.code !== 0) complaints.push(`verify is not content: ${verified.text}`)
  const { executed, reused, failed } = summaryOf(last?.text ?? "")
  if (executed !== 0 || reused !== NODES)
    complaints.push(`at last ${executed} ran, ${reused} are there, ${failed} failed`)
  return complaints.map((complaint) => `${cell.place}, ${cell.kind}: ${complaint}`)
}

test("whatever stands in a place, no command hangs, throws or loses what was finished", async () => {
  const lanes = await Promise.all(Array.from({ length: isWhole ? 2 : 1 }, makeUsed))
  const all = cellsOf(lanes[0])
  const cells = isWhole ? all : someOf(all)
  const found: Array<string> = []
  let next = 0
  const go = async (project: Project) => {
    while (next < cells.length) {
      const cell = cells[next++]
      const place = cell.place.replace(lanes[0].logs, project.logs)
      const complaints = await tryCell(project, { ...cell, place })
      if (isWhole) for (const complaint of complaints) console.error(complaint)
      found.push(...complaints)
    }
  }
  await Promise.all(lanes.map(go))
  if (isWhole) console.log(`${cells.length} cells`)
  expect(found).toEqual([])
}, 7_200_000)
