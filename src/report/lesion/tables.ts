/** Tables of the report on lesions. */
import type { LesionScore, Lesions } from "../../results/lesions.ts"
import { mean } from "../../statistics/statistics.ts"
import { percent, points, significant } from "../page/format.ts"
import type { Table } from "../page/tables.ts"
import { cost, eachSeed, type Kind } from "./rows.ts"

/** Every lesion of a network with its scores; those that are drawn or go layer by layer are several. */
const lesionsIn = (found: Lesions): ReadonlyArray<readonly [what: string, scores: ReadonlyArray<LesionScore>]> => [
  ["as trained", [found.whole]],
  ["one layer left out, mean", found.without],
  ["first layer left out", [found.without[0]]],
  ["last layer left out", [found.without[found.without.length - 1]]],
  ...found.several.map(({ left, scores }) => [`${left} layers left out`, scores] as const),
  ["two neighbours swapped, mean", found.swapped],
  ...[...new Set(found.shuffled.map(({ swaps }) => swaps))].map(
    (swaps) =>
      [
        `${swaps} random swap${swaps === 1 ? "" : "s"}`,
        found.shuffled.filter((one) => one.swaps === swaps).map(({ score }) => score)
      ] as const
  ),
  ["all reversed", [found.reversed]],
  ...found.sideBySide.map(({ group, score }) => [`${group} neighbours side by side`, [score]] as const)
]

/** Means over the seeds of every lesion. */
export function lesionsTable(kinds: ReadonlyArray<Kind>): Table {
  const rows = kinds.flatMap((kind) =>
    (["sequential", "parallel"] as const).flatMap((architecture) => {
      const all = eachSeed(kind, (pair) => pair[architecture].lesions)
      if (all.length === 0) return []
      return lesionsIn(all[0]).map(([what], i) => {
        const own = all.map((found) => ({ found, scores: lesionsIn(found)[i][1] }))
        return [
          kind.name,
          architecture,
          what,
          mean(own.map(({ scores }) => mean(scores.map(({ loss }) => loss)))),
          mean(own.map(({ scores }) => mean(scores.map(({ accuracy }) => accuracy)))),
          mean(own.map(({ found, scores }) => mean(scores.map((score) => cost(found, score))))),
          all.length
        ]
      })
    })
  )
  return {
    name: "lesions",
    title: "Every lesion, means over the seeds",
    note: "Losses and accuracies on the validation images of the lesions, nothing trained again.",
    folded: rows.length > 40,
    columns: [
      { name: "network", title: "Network" },
      { name: "architecture", title: "Architecture" },
      { name: "lesion", title: "Lesion" },
      { name: "loss", title: "Loss", format: significant },
      { name: "accuracy", title: "Accuracy %", format: percent },
      { name: "cost", title: "Points lost", format: points },
      { name: "seeds", title: "Seeds" }
    ],
    rows
  }
}

/** Trainings that went on, at the whole depth and at half of it: validation scores before and after. */
export function continuedTable(kinds: ReadonlyArray<Kind>): Table | undefined {
  const rows = kinds.flatMap((kind) =>
    kind.pairs.flatMap(({ sequential: { trial }, goesOn }) =>
      (["same", "halved"] as const).flatMap((which) => {
        const { node, history, metrics } = goesOn[which]
        if (metrics?.status !== "finished") return []
        const [start] = history ?? []
        return [
          [
            kind.name,
            trial.seed,
            which === "same" ? trial.network.depth : trial.network.depth / 2,
            metrics.epochs,
            start?.validationLoss ?? null,
            metrics.validation.loss,
            start?.validationAccuracy ?? null,
            metrics.validation.accuracy,
            node ?? null
          ]
        ]
      })
    )
  )
  if (rows.length === 0) return undefined
  return {
    name: "trained-on",
    title: "Trained on, at the whole depth and with neighbours side by side",
    note: "Validation scores where the training goes on and where it ends.",
    folded: rows.length > 24,
    columns: [
      { name: "network", title: "Network" },
      { name: "seed", title: "Seed" },
      { name: "depth", title: "Depth" },
      { name: "epochs", title: "More epochs" },
      { name: "loss_before", title: "before", group: "Loss", format: significant },
      { name: "loss_after", title: "after", group: "Loss", format: significant },
      { name: "accuracy_before", title: "before", group: "Accuracy %", format: percent },
      { name: "accuracy_after", title: "after", group: "Accuracy %", format: percent },
      { name: "node", title: "Node", csvOnly: true }
    ],
    rows
  }
}
