/** A hundred runs killed with SIGKILL at chosen and at random moments: nothing finished is lost, nothing half there. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"
import { named, parse, record, text } from "../../src/data/json.ts"
import { sha256 } from "../../src/graph/key.ts"
import { end, executed, filesIn, makeProject, type Project, repository } from "../support/project.ts"
import { mulberry } from "../support/random.ts"

const KINDS = ["blob", "journal", "index", "worker", "outside"] as const
const KILLS = 50 // of each of two caches
const KILLS_A_ROUND = 7
const load = ["--set", "nodes=4", "--set", "milliseconds=40"]

interface Storm {
  readonly project: Project
  /** How many rounds of nodes were begun. */
  readonly rounds: number
  readonly kills: Readonly<Record<(typeof KINDS)[number], number>>
  /** `node:output` → digest, of all that any run announced. */
  readonly announced: ReadonlyMap<string, string>
}

async function storm(seed: number): Promise<Storm> {
  const project = makeProject({ pipeline: "loads" })
  const random = mulberry(seed)
  const kills = { blob: 0, journal: 0, index: 0, worker: 0, outside: 0 }
  const announced = new Map<string, string>()
  let round = 0
  for (let i = 0, killed = 0; killed < KILLS; i++) {
    expect(i).toBeLessThan(4 * KILLS)
    // Some moments are missed now and then, so the kind that has struck least is next.
    const kind = KINDS.reduce((least, next) => (kills[next] < kills[least] ? next : least))
    const at = `${kind}:${1 + Math.floor(random() * 3)}:${random()}`
    const args = ["run", "--json", "--jobs", "2", "--set", `rounds=${round}`, ...load]
    const log = project.path(`kills-${i}`)
    const options = `--import=${pathToFileURL(join(repository, "test/support/kill.js"))}`
    const env = kind === "outside" ? {} : { NODE_OPTIONS: options, KILL_AT: at, KILL_LOG: log }
    const { stdout, signal } = await runAndKill(
      project,
      args,
      env,
      kind === "outside" ? 200 + 900 * random() : undefined
    )
    for (const line of stdout.split("\n")) announce(line, announced)
    const said = existsSync(log) ? readFileSync(log, "utf8").trim() : ""
    // A round is begun, killed some times, and left as it is for the next, unless it came to its end.
    if (signal === null) round++
    if (signal !== "SIGKILL" || said.endsWith("missed")) continue
    if (kind !== "outside") expect(said.split("\n")[0]).toBe(kind)
    kills[kind]++
    if (++killed % KILLS_A_ROUND === 0) round++
  }
  return { project, rounds: round + 1, kills, announced }
}

/** The last line may be torn. */
function announce(line: string, announced: Map<string, string>) {
  if (!line.startsWith('{"type":"done"') || !line.endsWith("}}")) return
  const { name, outputs } = parse(line, record({ name: text, outputs: named(text) }))
  for (const output in outputs) announced.set(`${name}:${output}`, outputs[output])
}

function runAndKill(project: Project, args: ReadonlyArray<string>, env: Record<string, string>, after?: number) {
  return new Promise<{ readonly stdout: string; readonly signal: string | null }>((resolve) => {
    const child = project.start(args, env)
    let stdout = ""
    child.stdout?.on("data", (chunk) => (stdout += chunk))
    const timer = after === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), after)
    child.on("close", (_, signal) => {
      clearTimeout(timer)
      resolve({ stdout, signal })
    })
  })
}

test("100 runs killed at any moment lose nothing that was finished, and end with an undisturbed run's digests", async () => {
  const storms = await Promise.all([storm(1), storm(2)])
  const rounds = Array.from({ length: Math.max(...storms.map((one) => one.rounds)) }, (_, i) => i)
  const all = ["--set", `rounds=${rounds.join(",")}`, ...load]
  const undisturbed = makeProject({ pipeline: "loads" })
  await undisturbed.json(["run", ...all])
  const expected = await undisturbed.digests(all)

  for (const { project, announced } of storms) {
    const kept = await project.digests(all)
    for (const [output, digest] of announced) expect(kept[output], output).toBe(digest)
    for (const [output, digest] of Object.entries(kept)) expect(digest).toBe(expected[output])
    // Under a blob's name are its bytes, or nothing.
    for (const file of filesIn(project.path("cache/blobs")))
      expect(sha256(readFileSync(project.path("cache/blobs", file)))).toBe(file.replace("/", ""))

    const lines = await project.json(["run", ...all])
    const names = new Set([...announced.keys()].map((output) => output.slice(0, output.indexOf(":"))))
    expect(executed(lines).filter((name) => names.has(name))).toEqual([])
    expect(await project.digests(all)).toEqual(expected)
    // The journal alone, torn lines and all, tells the same.
    project.remove("cache/index")
    expect(end(await project.json(["run", ...all]))).toMatchObject({ executed: 0, failed: 0 })
    expect(readdirSync(project.path("cache/tmp"))).toEqual([])
    expect(readdirSync(project.path("cache/opening"))).toEqual([])
    for (const file of filesIn(undisturbed.path("reports")))
      expect(project.read(`reports/${file}`)).toBe(undisturbed.read(`reports/${file}`))
  }

  const kills = Object.fromEntries(KINDS.map((kind) => [kind, storms[0].kills[kind] + storms[1].kills[kind]]))
  console.log(`killed: ${JSON.stringify(kills)}; announced and kept: ${storms.map((s) => s.announced.size)}`)
  for (const kind of KINDS) expect(kills[kind]).toBeGreaterThanOrEqual(10)
}, 900_000)
