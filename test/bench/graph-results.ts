/** Results of the benchmark of the graph: kept as CSV, so that it can be measured in pieces, and told as a page. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { machine } from "./engine-results.ts"
import { CHAIN } from "./graph-peers.ts"

/** Commands that look and run nothing. */
export const questions = ["plan", "status", "why"] as const
export type Question = (typeof questions)[number]

export interface Row {
  /** Chains of trivial nodes, or the study `paper` with made-up results. */
  readonly graph: "chains" | "paper"
  readonly nodes: number
  readonly contender: string
  readonly version: string
  readonly what: "cold" | "no-op" | "one parameter" | Question
  readonly seconds: number | undefined // median; undefined: longer than the limit
  readonly rounds: number
  readonly megabytes: number | undefined // largest resident size
  readonly load: string // of the minute before; well below 1 where nothing else runs
}

const columns = ["graph", "nodes", "contender", "version", "what", "seconds", "rounds", "megabytes", "load"] as const

const folder = join(import.meta.dirname, "results")
const file = join(folder, "graph.csv")

const textOf = (row: Row, column: (typeof columns)[number]): string => {
  if (column === "seconds") return row.seconds?.toFixed(3) ?? ""
  return column === "megabytes" ? (row.megabytes?.toFixed(0) ?? "") : String(row[column])
}

/** What earlier pieces measured. */
export function readRows(): Array<Row> {
  if (!existsSync(file)) return []
  const number = (text: string) => (text === "" ? undefined : Number(text))
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(1)
  return lines.map((line) => {
    const [graph, nodes, contender, version, what, seconds, rounds, megabytes, load] = line.split(",")
    return {
      ...({ graph, contender, version, what, load } as Pick<Row, "graph" | "contender" | "version" | "what" | "load">),
      nodes: Number(nodes),
      seconds: number(seconds),
      rounds: Number(rounds),
      megabytes: number(megabytes)
    }
  })
}

export function writeResults(rows: ReadonlyArray<Row>, own: string, workers: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const lines = rows.map((row) => columns.map((column) => textOf(row, column)).join(","))
  writeFileSync(file, `${columns.join(",")}\n${lines.join("\n")}\n`)
  writeFileSync(join(folder, "graph.md"), page(rows, own, workers))
}

function page(rows: ReadonlyArray<Row>, own: string, workers: string): string {
  const chains = rows.filter(({ graph }) => graph === "chains")
  const sizes = [...new Set(chains.map(({ nodes }) => nodes))].sort((a, b) => a - b)
  const find = (nodes: number, contender: string, what: Row["what"]) =>
    chains.find((row) => row.nodes === nodes && row.contender === contender && row.what === what)
  const secondsOf = (nodes: number, contender: string, what: Row["what"]) => find(nodes, contender, what)?.seconds

  const table = sizes.flatMap((nodes) =>
    chains
      .filter((row) => row.nodes === nodes && row.what === "cold")
      .map(({ contender, version, seconds: cold }) => {
        const noop = secondsOf(nodes, contender, "no-op")
        const base = secondsOf(nodes, own, "no-op")
        const cells = [
          nodes,
          `${contender} ${version}`,
          cold?.toFixed(1) ?? "stopped",
          cold === undefined ? "" : ((cold * 1000) / nodes).toFixed(2),
          noop?.toFixed(2) ?? "",
          noop === undefined || base === undefined ? "" : (noop / base).toFixed(2)
        ]
        return `| ${cells.join(" | ")} |`
      })
  )

  /** What running a node costs above finding that it need not run. */
  const overhead = (nodes: number, contender: string): string => {
    const [cold, noop] = [secondsOf(nodes, contender, "cold"), secondsOf(nodes, contender, "no-op")]
    return cold === undefined || noop === undefined
      ? "not measured"
      : `${(((cold - noop) * 1000) / nodes).toFixed(2)} ms a node`
  }
  const asked = (seconds: (what: Question) => number | undefined) =>
    questions.map((what) => `\`${what}\` ${seconds(what)?.toFixed(2)} s`).join(", ")
  const sentences = sizes.map((nodes) => {
    const one = secondsOf(nodes, own, "one parameter")?.toFixed(2)
    const memory = find(nodes, own, "no-op")?.megabytes?.toFixed(0)
    return `- ${nodes} nodes: executed in the scheduler's process ${overhead(nodes, own)}, in a worker ${overhead(nodes, workers)}; ${one} s with one parameter of one node changed, its run included; ${asked((what) => secondsOf(nodes, own, what))}; at most ${memory} MB resident.`
  })
  const paper = (what: Row["what"]) => rows.find((row) => row.graph === "paper" && row.what === what)
  const real = paper("no-op")
  if (real !== undefined) {
    sentences.push(
      `- The study \`paper\`, 6,912 configurations, ${real.nodes} nodes with made-up results: no-op ${real.seconds?.toFixed(2)} s; ${asked((what) => paper(what)?.seconds)}; at most ${real.megabytes?.toFixed(0)} MB resident.`
    )
  }
  const facts = Object.entries(machine()).map(([name, value]) => `${name} ${value}`)
  const loads = rows.map(({ load }) => Number(load))
  return `# The graph, the cache and the scheduler

Chains of ${CHAIN} trivial nodes that all read one file of 1 MB. Medians of no-op runs of each contender, in turns; one
cold run each. Start-up is included everywhere. ${facts.join("; ")}; load average before the pieces of the measurement
${Math.min(...loads).toFixed(2)} to ${Math.max(...loads).toFixed(2)}.

| nodes | contender | cold, s | cold, ms a node | no-op, s | no-op, times the pipeline's |
|${" --- |".repeat(6)}
${table.join("\n")}

${sentences.join("\n")}
`
}
