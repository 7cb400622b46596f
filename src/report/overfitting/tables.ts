/** Tables of the report on overfitting. */
import { mean } from "../../statistics/statistics.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { isFinished } from "../evidence/trial.ts"
import { integer, percent, signed, significant } from "../page/format.ts"
import type { Table } from "../page/tables.ts"
import { type Cell, type Comparison, type Fitted, levelOf, MEASURES } from "./rows.ts"

/** A verdict in a table's cell: which side has more of it. */
export function verdictWords({ looked: { verdict }, contrast }: Pick<Comparison, "looked" | "contrast">): string {
  const [first, second] = contrast.split(" − ")
  switch (verdict.kind) {
    case "equal":
      return "about equal"
    case "open":
      return verdict.why.reason === "few seeds" ? `open: needs ${verdict.why.needs} seeds` : "open"
    default: {
      const more = `more with ${verdict.sign > 0 ? first : second}`
      const amount =
        verdict.kind === "different"
          ? ""
          : verdict.kind === "different, within the margin"
            ? ", within the margin"
            : ", by how much is open"
      return `${more}${amount}`
    }
  }
}

const cellColumns = [
  { name: "part", title: "Part" },
  { name: "images", title: "K", format: integer },
  { name: "q", title: "Q", format: significant },
  { name: "noise", title: "Wrong labels %", format: percent }
]
const networkColumns = [
  { name: "filters", title: "Filters" },
  { name: "layers", title: "Layers" },
  { name: "depth", title: "Depth" }
]
const cellCells = ({ part, examples, ratio, noise }: Cell) => [part, examples, ratio, noise]

export function comparisonsTable(comparisons: ReadonlyArray<Comparison>): Table {
  return {
    name: "comparisons",
    title: "What differs at equal P and Q",
    note: "Networks of one seed; width: filters and layers exchanged at P equal within 5 %, the fewest filters against the most, both in sequence. Means of a difference a seed with intervals at 95 %; verdicts are corrected for the cells of one contrast and measure (Holm).",
    columns: [
      ...cellColumns,
      { name: "contrast", title: "Contrast" },
      { name: "measure", title: "Measure" },
      { name: "difference", title: "mean", group: "Difference", format: signed },
      { name: "low", title: "from", group: "Difference", format: signed },
      { name: "high", title: "to", group: "Difference", format: signed },
      { name: "seeds", title: "Seeds" },
      { name: "verdict", title: "Verdict" }
    ],
    rows: comparisons.map((one) => [
      ...cellCells(one.cell),
      one.contrast,
      one.measure.title,
      mean(one.differences),
      one.looked.interval?.low ?? null,
      one.looked.interval?.high ?? null,
      one.differences.length,
      verdictWords(one)
    ])
  }
}

/** Every network of every cell: means over the seeds of all measures. */
export function networksTable(cells: ReadonlyArray<Cell>): Table {
  const rows = cells.flatMap((cell) => {
    const level = levelOf(cell)
    return [...groupBy(cell.trials, ({ network: n }) => `${n.filters}/${n.layers}/${n.depth}`).values()].map((own) => {
      const done = own.filter(isFinished)
      const of = (values: ReadonlyArray<number | undefined>) => {
        const there = values.flatMap((value) => value ?? [])
        return there.length === 0 ? null : mean(there)
      }
      const { filters, layers, depth } = own[0].network
      return [
        ...cellCells(cell),
        ...[filters, layers, depth],
        of(done.map(({ metrics }) => metrics.train.loss)),
        of(done.map(({ metrics }) => metrics.validation.loss)),
        ...MEASURES.map((measure) => of(done.map((trial) => measure.of(trial, level)))),
        done.length
      ]
    })
  })
  return {
    name: "networks",
    title: "Every network, means over the seeds",
    folded: rows.length > 24,
    columns: [
      ...cellColumns,
      ...networkColumns,
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      ...MEASURES.map(({ name, title }) => ({ name: `mean_${name}`, title, format: significant, narrow: true })),
      { name: "seeds", title: "Seeds" }
    ],
    rows
  }
}

/** What is memorized at each slice of Q, and how it falls. */
export function memorizedTable(fitted: ReadonlyArray<Fitted>): Table {
  const ratios = distinct(fitted.flatMap(({ points }) => points.map(({ ratio }) => ratio))).toSorted((a, b) => a - b)
  return {
    name: "memorized",
    title: "Share of the wrong labels that is memorized, by Q",
    note: "Slope: of ln share over ln Q, a seed each, mean; it is −1 where the share falls like 1/Q. That is said of the minimum: criterion counts the networks whose training loss came down to it; of those that were trained on to it only these are in the means.",
    columns: [
      { name: "trained", title: "Trained" },
      { name: "noise", title: "Wrong labels %", format: percent },
      { name: "depth", title: "Depth" },
      ...ratios.map((ratio) => ({
        name: `q_${ratio.toFixed(2)}`,
        title: `Q ${significant(ratio)}, %`,
        format: percent
      })),
      { name: "slope", title: "Slope", format: signed },
      { name: "reached", title: "reached", group: "Criterion" },
      { name: "missed", title: "missed", group: "Criterion" }
    ],
    rows: fitted.map(({ part, noise, depth, points, slopes, reached, missed }) => [
      part === "minimum" ? "to the criterion" : "for equal epochs",
      noise,
      depth,
      ...ratios.map((ratio) => points.find((point) => point.ratio === ratio)?.memorized ?? null),
      slopes.length === 0 ? null : mean(slopes),
      reached,
      missed
    ])
  }
}

/** Errors on corrupted images by severity, means over kinds, seeds and noise-free cells. */
export function severityTable(cells: ReadonlyArray<Cell>): Table | undefined {
  const clean = cells.filter(({ noise }) => noise === 0)
  const rows = clean.flatMap((cell) =>
    [
      ...groupBy(cell.trials.filter(isFinished), ({ network: n }) => `${n.filters}/${n.layers}/${n.depth}`).values()
    ].flatMap((own) => {
      const errors = new Map<string, Array<number>>()
      for (const { metrics } of own)
        for (const bySeverity of Object.values(metrics.corrupted ?? {}))
          for (const [severity, { accuracy }] of Object.entries(bySeverity))
            errors.set(severity, [...(errors.get(severity) ?? []), 1 - accuracy])
      const { filters, layers, depth } = own[0].network
      return [...errors].map(([severity, values]) => [
        ...cellCells(cell),
        filters,
        layers,
        depth,
        Number(severity),
        mean(values)
      ])
    })
  )
  if (rows.length === 0) return undefined
  return {
    name: "severity",
    title: "Error on corrupted validation images, by severity",
    folded: rows.length > 24,
    columns: [
      ...cellColumns,
      ...networkColumns,
      { name: "severity", title: "Severity" },
      { name: "error", title: "Error %", format: percent }
    ],
    rows
  }
}
