/** Columns of what networks make of training labels that are wrong on purpose, where a study has some. */
import type { Memorization } from "../../results/metrics.ts"
import { mean } from "../../statistics/statistics.ts"
import { percent } from "../page/format.ts"
import type { Cell, Column } from "../page/tables.ts"
import type { Trial } from "./trial.ts"

const members = ["wrong", "memorized", "corrected", "learned"] as const

const columns: ReadonlyArray<Column> = [
  { name: "wrong_labels", title: "Wrong labels", csvOnly: true },
  { name: "memorized", title: "memorized", group: "Wrong labels %", format: percent },
  { name: "corrected", title: "corrected", group: "Wrong labels %", format: percent },
  { name: "learned", title: "learned", group: "Right labels %", format: percent }
]

export const memorizationExplained =
  "Of the training images whose label is wrong on purpose: the share to which the network gives that label (memorized), and that to which it gives the true one (corrected); learned: of those whose label is right, the share to which it gives it."

/** What the tables of some trials have of it: columns, the cells of one trial, and those of several, as means. */
export interface MemorizationCells {
  readonly columns: ReadonlyArray<Column>
  readonly means: (trials: ReadonlyArray<Pick<Trial, "metrics">>) => ReadonlyArray<Cell>
  readonly note: string | undefined
}

/** Nothing, where none of the trials has labels that are wrong. */
export function memorizationIn(trials: ReadonlyArray<Pick<Trial, "metrics">>): MemorizationCells {
  if (!trials.some(({ metrics }) => metrics?.memorization !== undefined))
    return { columns: [], means: () => [], note: undefined }
  return {
    columns,
    means: (some) => {
      const all = some.flatMap(({ metrics }) => metrics?.memorization ?? [])
      return members.map((member) => meanOf(all, member))
    },
    note: memorizationExplained
  }
}

function meanOf(all: ReadonlyArray<Memorization>, member: (typeof members)[number]): Cell {
  const known = all.flatMap((one) => one[member] ?? [])
  return known.length === 0 ? null : mean(known)
}
