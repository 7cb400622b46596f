/**
 * Benchmark of the graph, the cache and the scheduler: how long it takes to run trivial stages, and how long to find
 * that there is nothing to run, against other build tools where they are installed.
 *
 *     node test/bench/graph.ts [--sizes 1000,7000,21000] [--rounds 3] [--limit 120]
 *
 *     --sizes    numbers of nodes
 *     --rounds   no-op runs of each contender; they take turns, medians count
 *     --limit    seconds after which a contender is stopped, and not asked for larger sizes
 *
 * The pipeline compares contents, by digests that size and times of a file say to be still true; ninja, make and
 * Snakemake compare times. ninja, make, Snakemake, doit and DVC start a shell for each node, redun calls a function.
 * Nothing else should run on the machine.
 */
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { machine } from "./engine-results.ts"
import { CHAIN, type Contender, ours, peers, SOURCE } from "./graph-peers.ts"

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "1000,7000,21000" },
    rounds: { type: "string", default: "3" },
    limit: { type: "string", default: "120" }
  }
})
const sizes = options.sizes.split(",").map(Number)
const rounds = Number(options.rounds)
const limit = Number(options.limit)

interface Row {
  readonly nodes: number
  readonly contender: string
  readonly version: string
  readonly what: "cold" | "no-op" | "one parameter"
  readonly seconds: number | undefined // median; undefined: longer than the limit
  readonly rounds: number
  readonly megabytes: number | undefined // largest resident size
}

const busy = loadavg()[0].toFixed(2) // of the last minute; well below 1 where nothing else runs
const own = ours(false)
const workers = ours(true)
const contenders = [own, workers, ...peers.filter(({ version }) => version !== undefined)]
const rows: Array<Row> = []
const parent = mkdtempSync(join(tmpdir(), "pipeline-bench-"))
const given = new Set<string>() // contenders that took longer than the limit

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

function note(row: Row): void {
  rows.push(row)
  const time = row.seconds === undefined ? `more than ${limit} s` : `${row.seconds.toFixed(2)} s`
  const memory = row.megabytes === undefined ? "" : `, ${row.megabytes.toFixed(0)} MB`
  console.log(`${String(row.nodes).padStart(6)} ${row.contender.padEnd(18)} ${row.what.padEnd(14)} ${time}${memory}`)
}

for (const nodes of sizes) {
  const ready: Array<{ readonly contender: Contender; readonly folder: string; readonly times: Array<number> }> = []
  for (const contender of contenders) {
    const { name, version = "" } = contender
    if (given.has(name)) continue
    const folder = join(parent, `${name.replace(/\W+/g, "-")}-${nodes}`)
    mkdirSync(folder)
    writeFileSync(join(folder, SOURCE), Buffer.alloc(1 << 20, "a megabyte that all read\n"))
    contender.declare(folder, nodes)
    const seconds = await run(folder, contender.command(nodes))
    note({ nodes, contender: name, version, what: "cold", seconds, rounds: 1, megabytes: undefined })
    if (seconds === undefined) given.add(name)
    else ready.push({ contender, folder, times: [] })
  }
  const changed: Array<number> = []
  for (let round = 0; round <= rounds; round++) {
    for (const { contender, folder, times } of ready) {
      const seconds = await run(folder, contender.command(nodes))
      // The first round only warms the file system's caches.
      if (seconds !== undefined && round > 0) times.push(seconds)
      if (contender === own && round > 0) {
        const [program, ...args] = own.command(nodes)
        const other = await run(folder, [program, ...args, "--set", `salt=${round}`])
        if (other !== undefined) changed.push(other)
      }
    }
  }
  for (const { contender, folder, times } of ready) {
    const { name, version = "" } = contender
    let megabytes: number | undefined
    if (contender === own) {
      const file = join(folder, "rss")
      await run(folder, own.command(nodes), { NODE_OPTIONS: `--import=${rssHook}`, RSS_FILE: file })
      megabytes = Number(readFileSync(file, "utf8").trim().split("\n")[0]) / 1000
    }
    note({ nodes, contender: name, version, what: "no-op", seconds: median(times), rounds: times.length, megabytes })
    rmSync(folder, { recursive: true })
  }
  const { name, version = "" } = own
  const what = "one parameter"
  note({ nodes, contender: name, version, what, seconds: median(changed), rounds, megabytes: undefined })
}
rmSync(parent, { recursive: true, force: true })

const secondsOf = (nodes: number, contender: string, what: Row["what"]) =>
  rows.find((row) => row.nodes === nodes && row.contender === contender && row.what === what)?.seconds

const csv = rows.map(({ nodes, contender, version, what, seconds, rounds: times, megabytes }) =>
  [nodes, contender, version, what, seconds?.toFixed(3) ?? "", times, megabytes?.toFixed(0) ?? ""].join(",")
)

const header = `| nodes | contender | cold, s | cold, ms a node | no-op, s | no-op, times the pipeline's |`
const table = sizes.flatMap((nodes) =>
  contenders.flatMap(({ name, version }) => {
    if (!rows.some((row) => row.nodes === nodes && row.contender === name)) return []
    const cold = secondsOf(nodes, name, "cold")
    const noop = secondsOf(nodes, name, "no-op")
    const base = secondsOf(nodes, own.name, "no-op")!
    const cells = [
      nodes,
      `${name} ${version}`,
      cold?.toFixed(1) ?? `more than ${limit}`,
      cold === undefined ? "" : ((cold * 1000) / nodes).toFixed(2),
      noop?.toFixed(2) ?? "",
      noop === undefined ? "" : (noop / base).toFixed(2)
    ]
    return [`| ${cells.join(" | ")} |`]
  })
)

/** What running a node costs above finding that it need not run. */
function overhead(nodes: number, name: string): string {
  const cold = secondsOf(nodes, name, "cold")
  const noop = secondsOf(nodes, name, "no-op")
  return cold === undefined || noop === undefined
    ? "not measured"
    : `${(((cold - noop) * 1000) / nodes).toFixed(2)} ms a node`
}

const sentences = sizes.map((nodes) => {
  const one = secondsOf(nodes, own.name, "one parameter")?.toFixed(2)
  const memory = rows.find((row) => row.nodes === nodes && row.megabytes !== undefined)?.megabytes?.toFixed(0)
  return `- ${nodes} nodes: executed in the scheduler's process ${overhead(nodes, own.name)}, in a worker ${overhead(nodes, workers.name)}; ${one} s with one parameter of one node changed, its run included; at most ${memory} MB resident.`
})
const facts = Object.entries({ ...machine(), "load average before": busy }).map(([name, value]) => `${name} ${value}`)

const results = join(import.meta.dirname, "results")
writeFileSync(join(results, "graph.csv"), `nodes,contender,version,what,seconds,rounds,megabytes\n${csv.join("\n")}\n`)
writeFileSync(
  join(results, "graph.md"),
  `# The graph, the cache and the scheduler

Chains of ${CHAIN} trivial nodes that all read one file of 1 MB. Medians of ${rounds} no-op runs of each contender, in
turns; one cold run each. Start-up is included everywhere. ${facts.join("; ")}.

${header}
|${" --- |".repeat(6)}
${table.join("\n")}

${sentences.join("\n")}
`
)
