/** Tables of the reports on optimizers. */
import { exp } from "../../network/math.ts"
import { mean } from "../../statistics/statistics.ts"
import type { Verdict } from "../../statistics/verdict.ts"
import { distinct } from "../evidence/groups.ts"
import { integer, percent, probability, signed, significant } from "../page/format.ts"
import type { Column, Cell as Entry, Table } from "../page/tables.ts"
import type { Measure } from "./measures.ts"
import { at, finalLoss, isFinished, lastLoss, lnLoss, type Moment, type Outcome, reaching } from "./outcome.ts"
import { average, type Cell, differenceIn, type Group, pooled } from "./rows.ts"

const columnName = (title: string): string => title.toLowerCase().replace(/\W+/g, "_")

/** Columns that tell a cell, as far as the cells of a page have them. */
const cellColumns = (cells: ReadonlyArray<Pick<Cell, "task">>): ReadonlyArray<Column> => [
  { name: "dataset", title: "Data set" },
  { name: "examples", title: "Images", format: integer },
  { name: "q", title: "Q", format: significant },
  { name: "activation", title: "Activation" },
  ...Object.keys(cells[0]?.task ?? {}).map((title) => ({ name: columnName(title), title }))
]
const cellCells = ({ dataset, examples, ratio, activation, task }: Cell): ReadonlyArray<Entry> => [
  dataset,
  examples,
  ratio,
  activation,
  ...Object.values(task)
]

const hours = (seconds: number): number => seconds / 3600

/** What there is of each cell, and what the rest would cost. */
export function coverageTable(cells: ReadonlyArray<Cell>): Table {
  return {
    name: "coverage",
    title: "What is there, and what the rest would cost",
    note: "Core-hours: passes that are counted, at rates of one core that were measured once; scores and searches for learning rates come on top.",
    columns: [
      ...cellColumns(cells),
      { name: "trainings", title: "Trainings", format: integer },
      { name: "finished", title: "finished", format: integer },
      { name: "diverged", title: "diverged", format: integer },
      { name: "missing", title: "not run", format: integer },
      { name: "hours", title: "Core-hours of these", format: significant }
    ],
    rows: cells.map((cell) => {
      const all = cell.series.flatMap(({ outcomes }) => outcomes)
      const missing = all.filter(({ metrics }) => metrics === undefined)
      return [
        ...cellCells(cell),
        all.length,
        all.filter(isFinished).length,
        all.filter(({ metrics }) => metrics?.status === "diverged").length,
        missing.length,
        hours(missing.reduce((sum, { price }) => sum + price, 0))
      ]
    })
  }
}

/** The training loss that each method reaches in the mean at every depth of a cell: the largest of their means. */
export function levelOf({ depths, series }: Cell): number | undefined {
  const means = series.flatMap(({ outcomes }) =>
    depths.flatMap((depth) => {
      const ln = average(
        outcomes.filter(({ network }) => network.depth === depth),
        (one) => lnLoss(lastLoss(one))
      )
      return ln === undefined ? [] : [exp(ln)]
    })
  )
  return means.length === 0 ? undefined : Math.max(...means)
}

/** What every finished training of a cell has spent at least: where the cheapest ends. */
export function sparedOf({ series }: Cell): number | undefined {
  const ends = series.flatMap(({ outcomes }) =>
    outcomes.filter(isFinished).flatMap(({ curve }) => (curve.length === 0 ? [] : [curve[curve.length - 1].seconds]))
  )
  return ends.length === 0 ? undefined : Math.min(...ends)
}

const meanOf = (values: ReadonlyArray<number>): number | null => (values.length === 0 ? null : mean(values))
const geometric = (moments: ReadonlyArray<Moment>): number | null =>
  moments.length === 0 ? null : exp(mean(moments.map(({ loss }) => lnLoss(loss))))

export function outcomesTable(cells: ReadonlyArray<Cell>): Table {
  return {
    name: "methods",
    title: "What each method came to, by depth",
    note: "Training loss: geometric mean over the seeds; others: means. Cost: seconds of one core, counted passes at measured rates. At equal cost: the training loss when the training of the cell that ended cheapest had ended. At equal loss: validation loss, passes and cost where the training loss first is no more than the largest mean of the cell, means over the trainings that came so far, and how many did. n: finished trainings, and how many of all that ran ended before their passes were spent or met a curvature that is not positive.",
    columns: [
      ...cellColumns(cells),
      { name: "method", title: "Method" },
      { name: "depth", title: "Depth" },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "validation_accuracy", title: "val %", format: percent },
      { name: "cost", title: "Cost", format: significant },
      { name: "equal_cost_training_loss", title: "train", group: "At equal cost", format: significant },
      { name: "equal_validation_loss", title: "val", group: "At equal loss", format: significant },
      { name: "equal_passes", title: "passes", group: "At equal loss", format: integer },
      { name: "equal_cost", title: "cost", group: "At equal loss", format: significant },
      { name: "equal_trainings", title: "n", group: "At equal loss" },
      { name: "trainings", title: "n" },
      { name: "ended", title: "On the way", narrow: true }
    ],
    rows: cells.flatMap((cell) => {
      const [level, spared] = [levelOf(cell), sparedOf(cell)]
      return cell.series.flatMap(({ method, outcomes }) =>
        cell.depths.flatMap((depth) => {
          const own = outcomes.filter(({ network, metrics }) => network.depth === depth && metrics !== undefined)
          if (own.length === 0) return []
          const finished = own.filter(isFinished)
          const reached = finished.flatMap((one) => reaching(one, level ?? 0) ?? [])
          const then = finished.flatMap(({ curve }) => at(curve, "seconds", spared ?? 0) ?? [])
          const ln = average(own, (one) => lnLoss(finalLoss(one)))
          return [
            [
              ...cellCells(cell),
              method,
              depth,
              ln === undefined ? null : exp(ln),
              average(own, ({ metrics }) => metrics.validation.loss) ?? null,
              average(own, ({ metrics }) => metrics.validation.accuracy) ?? null,
              meanOf(finished.flatMap(({ curve }) => curve.at(-1)?.seconds ?? [])),
              geometric(then),
              meanOf(reached.map(({ validationLoss }) => validationLoss)),
              meanOf(reached.map(({ passes }) => passes)),
              meanOf(reached.map(({ seconds }) => seconds)),
              reached.length,
              finished.length,
              endings(own)
            ]
          ]
        })
      )
    })
  }
}

/** "2 line search exhausted, 1 diverged, 3 met negative curvature" */
function endings(outcomes: ReadonlyArray<Outcome>): string {
  const early = outcomes.flatMap(({ ended, metrics }) =>
    metrics?.status === "diverged" ? ["diverged"] : ended === undefined || ended === "passes spent" ? [] : [ended]
  )
  const bent = outcomes.filter(({ negative }) => negative > 0).length
  return [
    ...distinct(early).map((why) => `${early.filter((one) => one === why).length} ${why}`),
    ...(bent === 0 ? [] : [`${bent} met negative curvature`])
  ].join(", ")
}

const bounds = (group: string, name: string): ReadonlyArray<Column> => [
  { name: `${name}_mean`, title: "mean", group, format: signed },
  { name: `${name}_low`, title: "from", group, format: signed },
  { name: `${name}_high`, title: "to", group, format: signed }
]

/** Deep less shallow in every cell alone: no tests, so many would decide nothing. */
export function contrastTable(cells: ReadonlyArray<Cell>, measures: ReadonlyArray<Measure>): Table {
  return {
    name: "contrasts",
    title: "The deepest networks less the shallowest, cell by cell",
    note: "Pairs of one seed and the same initial values, at the end of each training; at equal training loss: where both have reached what the worse of them ends with. ln: 0.1 is about a tenth more. Intervals at 95 %, Student's, each for itself, from 6 seeds on.",
    columns: [
      ...cellColumns(cells),
      { name: "method", title: "Method" },
      ...measures.flatMap(({ name, title }) => bounds(title, name)),
      { name: "seeds", title: "Seeds" }
    ],
    rows: cells.flatMap((cell) =>
      cell.series.flatMap((series) => {
        if (series.pairs.length === 0) return []
        const entries = measures.flatMap((measure) => {
          const found = differenceIn(series, measure)
          return [found?.mean ?? null, found?.interval?.low ?? null, found?.interval?.high ?? null]
        })
        return [[...cellCells(cell), series.method, ...entries, series.pairs.length]]
      })
    )
  }
}

export function verdictText(verdict: Verdict, { better }: Pick<Measure, "better">): string {
  const sign = "sign" in verdict ? verdict.sign : 0
  const ahead = sign < 0 === (better === "lower") ? "deep ahead" : "shallow ahead"
  switch (verdict.kind) {
    case "equal":
      return "about equal"
    case "different":
      return ahead
    case "different, by an open amount":
      return `${ahead}, by how much is open`
    case "different, within the margin":
      return `${ahead}, within the margin`
    case "open":
      return `open: ${verdict.why.reason === "correction" ? "number of tests" : verdict.why.reason}`
  }
}

/** Deep less shallow by method, over the cells of each group: what is tested. */
export function pooledTable(groups: ReadonlyArray<Group>, measures: ReadonlyArray<Measure>, column?: string): Table {
  return {
    name: "pooled",
    title: "The deepest networks less the shallowest, by method",
    note: `Means over the cells of each line for each seed; the sample is the seeds. Intervals at 95 %. Verdicts are by Wilcoxon's test and by two one-sided t tests, both corrected for the number of methods (Holm); p is Wilcoxon's after that, of which "least" is the smallest that so many seeds can give. Margins: ${measures.map(({ title, marginText }) => `${marginText} (${title})`).join(", ")}.`,
    columns: [
      { name: "dataset", title: "Data set" },
      { name: "examples", title: "Images", format: integer },
      { name: "q", title: "Q", format: significant },
      ...(column === undefined ? [] : [{ name: columnName(column), title: column }]),
      { name: "method", title: "Method" },
      ...measures.flatMap(({ name, title }) => [
        ...bounds(title, name),
        { name: `${name}_p`, title: "p", group: title, format: probability },
        { name: `${name}_least_p`, title: "least", group: title, format: probability },
        { name: `${name}_verdict`, title: "", group: title, narrow: true }
      ]),
      { name: "pairs", title: "Pairs" }
    ],
    rows: groups.flatMap((group) => {
      const [{ dataset, examples, ratio, task }] = group.cells
      const found = measures.map((measure) => pooled(group, measure))
      return group.methods.flatMap((method) => {
        const own = found.map((each) => each.find((one) => one.method === method))
        if (own.every((one) => one === undefined)) return []
        return [
          [
            ...[dataset, examples, ratio],
            ...(column === undefined ? [] : [task[column]]),
            method,
            ...own.flatMap((one, i) => [
              one?.mean ?? null,
              one?.interval?.low ?? null,
              one?.interval?.high ?? null,
              one?.adjusted?.difference ?? null,
              one?.adjusted?.smallest ?? null,
              one === undefined ? null : verdictText(one.verdict, measures[i])
            ]),
            Math.max(...own.map((one) => one?.pairs ?? 0))
          ]
        ]
      })
    })
  }
}

/** Every training with its scores and the nodes that made them. */
export function trainingsTable(cells: ReadonlyArray<Cell>): Table {
  return {
    name: "trainings",
    title: "Every training, and the nodes that made it",
    folded: true,
    columns: [
      ...cellColumns(cells),
      { name: "method", title: "Method" },
      { name: "depth", title: "Depth" },
      { name: "seed", title: "Seed" },
      { name: "status", title: "Status" },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "validation_accuracy", title: "val %", format: percent },
      { name: "gradient_norm", title: "Gradient", format: significant },
      { name: "passes", title: "Passes", format: significant },
      { name: "cost", title: "Cost", format: significant },
      { name: "negative", title: "Steps of negative curvature" },
      { name: "node", title: "Node" }
    ],
    rows: cells.flatMap((cell) =>
      cell.series.flatMap(({ method, outcomes }) =>
        outcomes.map((one) => {
          const last = one.curve.at(-1)
          const { metrics } = one
          const finished = isFinished(one) ? one : undefined
          const status =
            metrics?.status === "diverged" ? "diverged" : (one.ended ?? (metrics ? "passes spent" : "not run"))
          return [
            ...cellCells(cell),
            method,
            one.network.depth,
            one.seed,
            status,
            finished ? finalLoss(finished) : null,
            finished?.metrics.validation.loss ?? null,
            finished?.metrics.validation.accuracy ?? null,
            last?.gradientNorm ?? null,
            last?.passes ?? null,
            last?.seconds ?? null,
            one.curve.length === 0 ? null : one.negative,
            one.nodes.train ?? one.nodes.evaluate ?? null
          ]
        })
      )
    )
  }
}
