/**
 * Benchmark of the graph, the cache and the scheduler: how long it takes to run trivial stages, and how long to find
 * that there is nothing to run, against other build tools where they are installed.
 *
 *     node test/bench/graph.ts [--sizes 1000,7000,21000] [--only ninja,make] [--rounds 3] [--limit 120] [--paper]
 *
 *     --sizes    numbers of nodes; results of other sizes stay, so that it can be measured in pieces
 *     --only     these contenders beside the pipeline; results of others stay
 *     --rounds   no-op runs of each contender; they take turns, medians count
 *     --limit    seconds after which a contender is stopped, and not asked for larger sizes
 *     --paper    the real graph of the study `paper` instead, with made-up results
 *
 * The pipeline compares contents, by digests that size and times of a file say to be still true; ninja, make and
 * Snakemake compare times. ninja, make, Snakemake, doit and DVC start a shell for each node, redun calls a function.
 * Nothing else should run on the machine.
 */
import { spawn, spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type Contender, ours, peers, project, SOURCE } from "./graph-peers.ts"
import { type Question, questions, type Row, readRows, writeResults } from "./graph-results.ts"

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,7000,21000" },
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    limit: { type: "string", default: "120" },
    paper: { type: "boolean", default: false }
  }
})
const sizes = options.paper ? [] : options.sizes.split(",").map(Number)
const only = options.only?.split(",")
const rounds = Number(options.rounds)
const limit = Number(options.limit)

const busy = loadavg()[0].toFixed(2)
const own = ours(false)
const workers = ours(true)
const contenders = [own, workers, ...peers].filter(
  ({ name, version }) => version !== undefined && (only === undefined || name === own.name || only.includes(name))
)
const rows = readRows()
const parent = mkdtempSync(join(tmpdir(), "pipeline-bench-"))
/** Contenders that took longer than the limit. */
const given = new Set(rows.flatMap((row) => (row.seconds === undefined ? [`${row.contender} ${row.nodes}`] : [])))
const hasGivenUp = (name: string, nodes: number) =>
  [...given].some((one) => one.startsWith(`${name} `) && Number(one.slice(name.length + 1)) < nodes)

const rssHook = join(parent, "rss.mjs")
writeFileSync(
  rssHook,
  `import { appendFileSync } from "node:fs"
process.on("exit", () => process.env.RSS_FILE && appendFileSync(process.env.RSS_FILE, process.resourceUsage().maxRSS + "\\n"))`
)

/** Seconds that a command took; undefined if it was stopped at the limit. Throws if it failed. */
function run(folder: string, [program, ...args]: ReturnType<Contender["command"]>, env: NodeJS.ProcessEnv = {}) {
  return new Promise<number | undefined>((resolve, reject) => {
    const start = performance.now()
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, DVC_NO_ANALYTICS: "1", ...env },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true
    })
    let complaint = ""
    child.stderr.on("data", (chunk) => (complaint = (complaint + chunk).slice(-2000)))
    let stopped = false
    const timer = setTimeout(() => {
      stopped = true
      process.kill(-child.pid!, "SIGKILL")
    }, limit * 1000)
    child.on("error", reject)
    child.on("exit", (code) => {
      clearTimeout(timer)
      const seconds = (performance.now() - start) / 1000
      if (stopped) resolve(undefined)
      else if (code === 0) resolve(seconds)
      else reject(new Error(`${program} ${args.join(" ")} ended with ${code}:\n${complaint}`))
    })
  })
}

const median = (numbers: ReadonlyArray<number>) => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

function note(row: Omit<Row, "load">): void {
  const same = (other: Row) =>
    (["graph", "nodes", "contender", "what"] as const).every((name) => other[name] === row[name])
  const place = rows.findIndex(same)
  rows.splice(place < 0 ? rows.length : place, place < 0 ? 0 : 1, { ...row, load: busy })
  const time = row.seconds === undefined ? `more than ${limit} s` : `${row.seconds.toFixed(2)} s`
  const memory = row.megabytes === undefined ? "" : `, ${row.megabytes.toFixed(0)} MB`
  console.log(`${String(row.nodes).padStart(6)} ${row.contender.padEnd(18)} ${row.what.padEnd(14)} ${time}${memory}`)
}

/** Largest resident size of a command, in megabytes. */
async function memoryOf(folder: string, command: ReturnType<Contender["command"]>): Promise<number> {
  const file = join(folder, "rss")
  await run(folder, command, { NODE_OPTIONS: `--import=${rssHook}`, RSS_FILE: file })
  return Number(readFileSync(file, "utf8").trim().split("\n")[0]) / 1000
}

/** The pipeline's commands that look and run nothing. */
const asking = (question: Question, [program, launch, , ...args]: ReadonlyArray<string>, node: string) =>
  [program, launch, question, ...(question === "why" ? [node] : []), ...args] as ReturnType<Contender["command"]>

async function measureChains(nodes: number): Promise<void> {
  const ready: Array<{ readonly contender: Contender; readonly folder: string; readonly times: Array<number> }> = []
  for (const contender of contenders) {
    const { name, version = "" } = contender
    if (hasGivenUp(name, nodes)) continue
    const folder = join(parent, `${name.replace(/\W+/g, "-")}-${nodes}`)
    mkdirSync(folder)
    writeFileSync(join(folder, SOURCE), Buffer.alloc(1 << 20, "a megabyte that all read\n"))
    contender.declare(folder, nodes)
    const seconds = await run(folder, contender.command(nodes))
    const row = { graph: "chains", nodes, contender: name, version } as const
    note({ ...row, what: "cold", seconds, rounds: 1, megabytes: undefined })
    if (seconds === undefined) given.add(`${name} ${nodes}`)
    else ready.push({ contender, folder, times: [] })
  }
  const row = { graph: "chains", nodes, contender: own.name, version: own.version ?? "" } as const
  const changed: Array<number> = []
  const asked = questions.map((): Array<number> => [])
  for (let round = 0; round <= rounds; round++) {
    for (const { contender, folder, times } of ready) {
      const seconds = await run(folder, contender.command(nodes))
      // The first round only warms the file system's caches.
      if (seconds === undefined || round === 0) continue
      times.push(seconds)
      if (contender !== own) continue
      const [program, ...args] = own.command(nodes)
      changed.push((await run(folder, [program, ...args, "--set", `salt=${round}`]))!)
      for (const [i, question] of questions.entries()) {
        asked[i].push((await run(folder, asking(question, own.command(nodes), "step/chain=1,step=1")))!)
      }
    }
  }
  for (const { contender, folder, times } of ready) {
    const { name, version = "" } = contender
    const megabytes = contender === own ? await memoryOf(folder, own.command(nodes)) : undefined
    note({ ...row, contender: name, version, what: "no-op", seconds: median(times), rounds: times.length, megabytes })
    rmSync(folder, { recursive: true })
  }
  note({ ...row, what: "one parameter", seconds: median(changed), rounds, megabytes: undefined })
  for (const [i, what] of questions.entries())
    note({ ...row, what, seconds: median(asked[i]), rounds, megabytes: undefined })
}

/** A project whose cache has a made-up result for every node of a study, and how many these are. */
function filledWith(study: string): { readonly folder: string; readonly nodes: number } {
  const folder = join(parent, study)
  mkdirSync(folder)
  project(folder)
  const fill = "test/bench/graph-fill.ts"
  cpSync(join(import.meta.dirname, "graph-fill.ts"), join(folder, fill))
  const filled = spawnSync(process.execPath, [fill, study], { cwd: folder, encoding: "utf8" })
  if (filled.status !== 0) throw new Error(`${fill} failed:\n${filled.stderr}`)
  return { folder, nodes: Number.parseInt(filled.stdout, 10) }
}

/**
 * How long one waits, in times of what nobody can do without: of Node's own start for a no-op of `quick` and the plan of
 * `paper`, of ninja for a no-op of the largest chains. They take turns; the first round only warms caches.
 */
async function measureRatios(): Promise<void> {
  const launch = [process.execPath, "src/cli/launch.js"] as const
  const here = [
    { folder: parent, command: [process.execPath, "-e", "0"] as const },
    { folder: filledWith("quick").folder, command: [...launch, "run", "quick"] as const },
    { folder: filledWith("paper").folder, command: [...launch, "plan", "paper"] as const }
  ]
  const times = here.map((): Array<number> => [])
  for (let round = 0; round <= rounds + 2; round++) {
    for (const [i, { folder, command }] of here.entries()) {
      const seconds = await run(folder, command)
      if (seconds !== undefined && round > 2) times[i].push(seconds)
    }
  }
  const [node, quick, paper] = times.map(median)
  const ratio = (what: string, seconds: number, of: number, least: string) =>
    console.log(`${what}: ${(seconds / of).toFixed(1)} × ${least} (${seconds.toFixed(3)} s, ${of.toFixed(3)} s)`)
  ratio("no-op of quick", quick, node, "`node -e 0`, expected at most 10")
  ratio("plan paper", paper, node, "`node -e 0`, expected at most 25")
  const largest = Math.max(...sizes)
  const noop = (name: string) =>
    rows.find(
      (row) => row.graph === "chains" && row.nodes === largest && row.contender === name && row.what === "no-op"
    )
  const [ours, ninjas] = [noop(own.name)?.seconds, noop("ninja")?.seconds]
  if (ours !== undefined && ninjas !== undefined)
    ratio(`no-op of ${largest} nodes`, ours, ninjas, "ninja's, expected at most 4")
}

/** The study `paper` as it is declared, with a cache that has a made-up result for every node. */
async function measurePaper(): Promise<void> {
  const { folder, nodes } = filledWith("paper")
  const command = [process.execPath, "src/cli/launch.js", "run", "paper"] as const
  const whats = ["no-op", ...questions] as const
  const times = whats.map((): Array<number> => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, what] of whats.entries()) {
      const node = "evaluate/mnist/layers=32,depth=1,filters=1,seed=0"
      const [program, launch] = command
      const ask = { "no-op": command, why: [program, launch, "why", node] } as const
      const seconds = (await run(
        folder,
        what === "no-op" || what === "why" ? ask[what] : [program, launch, what, "paper"]
      ))!
      if (round > 0) times[i].push(seconds)
    }
  }
  const megabytes = await memoryOf(folder, command)
  for (const [i, what] of whats.entries()) {
    const row = { graph: "paper", nodes, contender: own.name, version: own.version ?? "", what } as const
    note({ ...row, seconds: median(times[i]), rounds, megabytes: what === "no-op" ? megabytes : undefined })
  }
}

for (const nodes of sizes) await measureChains(nodes)
if (options.paper) await measurePaper()
else await measureRatios()
rmSync(parent, { recursive: true, force: true })

writeResults(rows, own.name, workers.name)
