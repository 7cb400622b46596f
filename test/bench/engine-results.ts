/** What the benchmark of the engines found: a CSV file with a row for each contender in each cell, and a table. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import os from "node:os"
import { dirname } from "node:path"
import { type Cell, cellName, operations } from "./cells.ts"

/** One contender in one cell. Rates are images a second; those of `peak` are floating-point operations a second. */
export interface Result {
  readonly contender: string
  readonly variant: string
  readonly rate: number // median of the rounds
  readonly slowest: number
  readonly fastest: number
  readonly rounds: number
  readonly facts: Readonly<Record<string, number>>
}

const facts = ["evaluationRate", "startMilliseconds", "memory"] // images/s; ms; MiB above data and parameters
const columns = [
  ...["size", "channels", "layers", "filters", "kernel", "architecture", "batch"],
  ...["contender", "variant", "rate", "slowest", "fastest", "rounds"],
  ...facts
]

/** What the figures depend on besides the code. */
export function machine(): Readonly<Record<string, string>> {
  const [cpu] = os.cpus()
  return {
    cpu: `${cpu.model}, ${os.availableParallelism()} cores`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    v8: process.versions.v8
  }
}

const headerOf = (versions: Readonly<Record<string, string>>) =>
  Object.entries(versions)
    .map(([name, version]) => `# ${name}: ${version}\n`)
    .join("")

/** Whether a file of results is there and was measured with the same versions on the same machine. */
export const isResultOf = (file: string, versions: Readonly<Record<string, string>>): boolean =>
  existsSync(file) && readFileSync(file, "utf8").startsWith(`${headerOf(versions)}${columns.join(",")}\n`)

const geometricMean = (numbers: ReadonlyArray<number>) =>
  Math.exp(numbers.reduce((sum, x) => sum + Math.log(x), 0) / numbers.length)

/** How many times the rate of the first of `ours` that was measured is that of the best contender whose name starts so. */
interface Comparison {
  readonly peer: string
  readonly ours: ReadonlyArray<string>
}
const comparisons: ReadonlyArray<Comparison> = [
  { peer: "wasm", ours: ["native"] },
  { peer: "PyTorch", ours: ["native 2 processes", "wasm 2 processes"] },
  { peer: "TensorFlow", ours: ["native 2 processes", "wasm 2 processes"] },
  { peer: "TensorFlow.js", ours: ["native", "wasm"] }
]

export class Results {
  readonly #file: string
  readonly #versions: Readonly<Record<string, string>>
  readonly #rows = new Map<string, Map<string, ReadonlyArray<string>>>() // cell name → contender → columns
  #table: ReadonlyArray<number> = [] // widths

  constructor(file: string, versions: Readonly<Record<string, string>>, resume: boolean) {
    this.#file = file
    this.#versions = versions
    if (!resume) return
    for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
      if (line.startsWith("#") || line === columns.join(",")) continue
      this.#keep(line.split(","))
    }
  }

  #keep(row: ReadonlyArray<string>) {
    const [size, channels, layers, filters, kernel] = row.slice(0, 5).map(Number)
    const cell = { size, channels, layers, filters, kernel, architecture: row[5], batch: Number(row[6]) } as Cell
    const name = cellName(cell)
    this.#rows.set(name, (this.#rows.get(name) ?? new Map()).set(row[7], row))
  }

  has(cell: Cell): boolean {
    return this.#rows.has(cellName(cell))
  }

  /** Keeps a result and writes the file anew, so that an interrupted run loses one cell at most. */
  add(cell: Cell, result: Result) {
    const { size, channels, layers, filters, kernel, architecture, batch } = cell
    const number = (x: number | undefined) => (x === undefined ? "" : String(Number(x.toPrecision(5))))
    this.#keep([
      ...[size, channels, layers, filters, kernel, architecture, batch].map(String),
      ...[result.contender, result.variant],
      ...[result.rate, result.slowest, result.fastest, result.rounds].map(number),
      ...facts.map((fact) => number(result.facts[fact]))
    ])
    mkdirSync(dirname(this.#file), { recursive: true })
    const rows = [...this.#rows.values()].flatMap((contenders) => [...contenders.values()])
    const table = [columns, ...rows].map((row) => `${row.join(",")}\n`).join("")
    writeFileSync(this.#file, headerOf(this.#versions) + table)
  }

  #figure(cell: Cell, contender: string, column = "rate"): number | undefined {
    const text = this.#rows.get(cellName(cell))?.get(contender)?.[columns.indexOf(column)]
    return text === undefined || text === "" ? undefined : Number(text)
  }

  /** The fastest contender of a peer, and its way of running the cell. "PyTorch" has several, the others one. */
  #best(cell: Cell, peer: string): { readonly rate: number; readonly how: string } | undefined {
    const rows = [...(this.#rows.get(cellName(cell))?.values() ?? [])]
    const [best] = rows
      .map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))
      .filter(({ contender }) => contender === peer || (peer === "PyTorch" && contender.startsWith("PyTorch ")))
      .sort((a, b) => Number(b.rate) - Number(a.rate))
    return best && { rate: Number(best.rate), how: `${best.contender.slice(peer.length)} ${best.variant}`.trim() }
  }

  #ratio(cell: Cell, { peer, ours }: Comparison): number | undefined {
    const [mine] = ours.flatMap((contender) => this.#figure(cell, contender) ?? [])
    const theirs = this.#best(cell, peer)?.rate
    return mine === undefined || theirs === undefined ? undefined : mine / theirs
  }

  printHeader() {
    for (const [name, version] of Object.entries(this.#versions)) console.log(`${name}: ${version}`)
    console.log(
      "images/s, medians; × is the ratio of this engine, native where it is: to WASM; two processes to PyTorch and TensorFlow, one to TF.js"
    )
    const wasm = ["wasm", "of peak", "2 proc.", "evaluate", "start ms", "MiB"]
    const titles = ["cell", ...wasm, "native", "×", "2 proc.", "TF.js", "×", "TF", "×"]
    this.#table = [33, 8, 8, 8, 9, 9, 6, 8, 6, 8, 8, 6, 8, 6]
    this.#print([...titles, "PyTorch", "×", "  as"], [...this.#table, 8, 6, 4])
  }

  #print(cells: ReadonlyArray<string>, widths: ReadonlyArray<number>) {
    console.log(cells.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i] ?? 0))).join(""))
  }

  printRow(cell: Cell) {
    const show = (x: number | undefined, digits = 0) => (x === undefined ? "–" : x.toFixed(digits))
    const ours = this.#figure(cell, "wasm")
    const peak = this.#figure(cell, "peak")
    const share = ours && peak ? (100 * ours * operations(cell)) / peak : undefined
    const evaluated = this.#figure(cell, "wasm", "evaluationRate")
    const peers = (peer: string) => {
      const comparison = comparisons.find((one) => one.peer === peer)!
      return [show(this.#best(cell, peer)?.rate), show(this.#ratio(cell, comparison), 2)]
    }
    this.#print(
      [
        cellName(cell),
        show(ours),
        `${show(share)} %`,
        show(this.#figure(cell, "wasm 2 processes")),
        `${show(ours && evaluated && evaluated / ours, 2)} ×`,
        show(this.#figure(cell, "wasm", "startMilliseconds"), 1),
        show(this.#figure(cell, "wasm", "memory")),
        show(this.#figure(cell, "native")),
        peers("wasm")[1],
        show(this.#figure(cell, "native 2 processes")),
        ...peers("TensorFlow.js"),
        ...peers("TensorFlow"),
        ...peers("PyTorch"),
        `  ${this.#best(cell, "PyTorch")?.how ?? ""}`
      ],
      [...this.#table, 8, 6]
    )
  }

  /** The peaks; and a line: against each peer the worst cell and the geometric mean of the ratios. */
  printSummary(cells: ReadonlyArray<Cell>) {
    const peaks = ["peak", "peak 128 bits", "peak 256 bits", "peak 512 bits"].flatMap((name) => {
      const rates = cells.flatMap((cell) => this.#figure(cell, name) ?? [])
      return rates.length === 0 ? [] : [`${name} ${(Math.max(...rates) / 1e9).toFixed(0)} GFLOP/s`]
    })
    console.log(`multiply-add, one core, the best of all cells: ${peaks.join(", ")}`)
    const parts = comparisons.flatMap((comparison) => {
      const ratios = cells.flatMap((cell) => {
        const ratio = this.#ratio(cell, comparison)
        return ratio === undefined ? [] : [{ ratio, cell }]
      })
      if (ratios.length === 0) return []
      const worst = ratios.reduce((a, b) => (b.ratio < a.ratio ? b : a))
      const mean = geometricMean(ratios.map(({ ratio }) => ratio)).toFixed(2)
      return [`${comparison.peer} ${worst.ratio.toFixed(2)} × (${cellName(worst.cell)}), mean ${mean} ×`]
    })
    console.log(`worst cell and geometric mean against ${parts.join("; ")}`)
  }
}
