/** Tables of the report on optimizers. */
import { exp } from "../../network/math.ts"
import { distinct } from "../evidence/groups.ts"
import { integer, percent, signed, significant } from "../page/format.ts"
import type { Table } from "../page/tables.ts"
import { average, type Cell, type Difference, finalLoss, isFinished, lnLoss, type Outcome } from "./rows.ts"

const cellColumns = [
  { name: "dataset", title: "Data set" },
  { name: "examples", title: "Images", format: integer },
  { name: "q", title: "Q", format: significant },
  { name: "activation", title: "Activation" },
  { name: "method", title: "Method" }
]
const cellCells = ({ dataset, examples, ratio, activation }: Cell, method: string) => [
  dataset,
  examples,
  ratio,
  activation,
  method
]

/** The first moment at which the training loss is no more than `level`. */
const reaching = ({ curve }: Outcome, level: number) => curve.find(({ loss }) => loss <= level)

/** The training loss that each method reaches in the mean at every depth of a cell: the largest of their means. */
export function levelOf({ depths, methods }: Cell): number | undefined {
  const means = methods.flatMap(({ outcomes }) =>
    depths.flatMap((depth) => {
      const ln = average(
        outcomes.filter(({ network }) => network.depth === depth),
        (one) => lnLoss(finalLoss(one))
      )
      return ln === undefined ? [] : [exp(ln)]
    })
  )
  return means.length === 0 ? undefined : Math.max(...means)
}

export function outcomesTable(cells: ReadonlyArray<Cell>): Table {
  return {
    name: "methods",
    title: "What each method came to, by depth",
    note: "Training loss: geometric mean over the seeds; others: means. At equal loss: validation loss and passes where the training loss first is no more than the largest mean of the cell, means over the trainings that came so far, and how many did. n: finished trainings, and of them those that ended before their passes were spent.",
    columns: [
      ...cellColumns,
      { name: "depth", title: "Depth" },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "validation_accuracy", title: "val %", format: percent },
      { name: "equal_validation_loss", title: "val", group: "At equal loss", format: significant },
      { name: "equal_passes", title: "passes", group: "At equal loss", format: integer },
      { name: "equal_trainings", title: "n", group: "At equal loss" },
      { name: "trainings", title: "n" },
      { name: "ended", title: "Ended early", narrow: true }
    ],
    rows: cells.flatMap((cell) => {
      const level = levelOf(cell)
      return cell.methods.flatMap(({ method, outcomes }) =>
        cell.depths.map((depth) => {
          const own = outcomes.filter(({ network }) => network.depth === depth)
          const reached = own.filter(isFinished).flatMap((one) => reaching(one, level ?? 0) ?? [])
          const meanOf = (values: ReadonlyArray<number>) =>
            values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length
          const ln = average(own, (one) => lnLoss(finalLoss(one)))
          return [
            ...cellCells(cell, method),
            depth,
            ln === undefined ? null : exp(ln),
            average(own, ({ metrics }) => metrics.validation.loss) ?? null,
            average(own, ({ metrics }) => metrics.validation.accuracy) ?? null,
            meanOf(reached.map(({ validationLoss }) => validationLoss)),
            meanOf(reached.map(({ passes }) => passes)),
            reached.length,
            own.filter(isFinished).length,
            endings(own)
          ]
        })
      )
    })
  }
}

/** "2 line search exhausted, 1 diverged" */
function endings(outcomes: ReadonlyArray<Outcome>): string {
  const early = outcomes.flatMap(({ ended, metrics }) =>
    metrics?.status === "diverged" ? ["diverged"] : ended === undefined || ended === "passes spent" ? [] : [ended]
  )
  return distinct(early)
    .map((why) => `${early.filter((one) => one === why).length} ${why}`)
    .join(", ")
}

const bounds = ({ interval, verdict }: Difference) => [
  interval?.low ?? null,
  interval?.high ?? null,
  `${verdict.kind}${"sign" in verdict ? `, ${verdict.sign < 0 ? "deep" : "shallow"} lower` : ""}`
]

export function contrastTable(cells: ReadonlyArray<Cell>): Table {
  const pair = (name: string, group: string) => [
    { name: `${name}_mean`, title: "mean", group, format: signed },
    { name: `${name}_low`, title: "from", group, format: signed },
    { name: `${name}_high`, title: "to", group, format: signed },
    { name: `${name}_verdict`, title: "", group, narrow: true }
  ]
  return {
    name: "contrasts",
    title: "The deepest networks less the shallowest, by method",
    note: "Pairs of one seed and the same initial values, at the end of each training. ln of the training loss: 0.1 is about a tenth more. Intervals at 95 %, Student's, from 6 seeds on. What is said of them is corrected for their number (Holm; all methods and cells are one family); the margins are a factor of 1.1 and 0.02.",
    columns: [
      ...cellColumns,
      ...pair("training", "ln training loss"),
      ...pair("validation", "validation loss"),
      { name: "seeds", title: "Seeds" }
    ],
    rows: cells.flatMap((cell) =>
      cell.methods.flatMap(({ method, contrast }) => {
        if (contrast === undefined) return []
        const { training, validation, seeds } = contrast
        return [
          [
            ...cellCells(cell, method),
            training.mean,
            ...bounds(training),
            validation.mean,
            ...bounds(validation),
            seeds
          ]
        ]
      })
    )
  }
}

/** Every training with its scores and the nodes that made them. */
export function trainingsTable(outcomes: ReadonlyArray<Outcome>): Table {
  return {
    name: "trainings",
    title: "Every training, and the nodes that made it",
    folded: true,
    columns: [
      { name: "dataset", title: "Data set" },
      { name: "examples", title: "Images", format: integer },
      { name: "activation", title: "Activation" },
      { name: "method", title: "Method" },
      { name: "depth", title: "Depth" },
      { name: "seed", title: "Seed" },
      { name: "status", title: "Status" },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "gradient_norm", title: "Gradient", format: significant },
      { name: "passes", title: "Passes" },
      { name: "node", title: "Node" }
    ],
    rows: outcomes.map((one) => {
      const last = one.curve.at(-1)
      const status =
        one.metrics?.status === "diverged" ? "diverged" : (one.ended ?? (one.metrics ? "passes spent" : "missing"))
      return [
        one.dataset,
        one.examples,
        one.network.activation,
        one.method,
        one.network.depth,
        one.seed,
        status,
        isFinished(one) ? finalLoss(one) : null,
        isFinished(one) ? one.metrics.validation.loss : null,
        last?.gradientNorm ?? null,
        last?.passes ?? null,
        one.nodes.train ?? one.nodes.evaluate ?? null
      ]
    })
  }
}
