/** Loss against depth, a line for each number of filters. */

import { ascending, distinct, groupBy } from "../evidence/grid.ts"
import type { GridTrial } from "../evidence/grid-trial.ts"
import { lossWords } from "../evidence/loss.ts"
import { isFinished } from "../evidence/trial.ts"
import type { Figure, Panel } from "../page/figures.ts"
import { list } from "../page/format.ts"
import { orderedColours, valueScale } from "../page/scales.ts"
/** Undefined where no network of more than two depths finished. */
export function depthFigure(trials: ReadonlyArray<GridTrial>, dataset: string): Figure | undefined {
  const own = trials.filter((t) => t.dataset === dataset).filter(isFinished)
  const depths = [...distinct(own.map((t) => t.network.depth))].sort(ascending)
  if (depths.length < 3) return undefined
  const filters = [...distinct(own.map((t) => t.network.filters))].sort(ascending)
  const rows = [...groupBy(own, (t) => `${t.network.filters}/${t.network.depth}`).values()].flatMap((group) =>
    (["train", "validation"] as const).map((split) => ({
      split,
      filters: String(group[0].network.filters),
      depth: group[0].network.depth,
      loss: group.reduce((sum, t) => sum + t.metrics[split].loss, 0) / group.length,
      trials: group.length
    }))
  )
  const panels = (["train", "validation"] as const).map((split): Panel => {
    const points = rows.filter((row) => row.split === split)
    const { scale, axis, suffix } = valueScale(
      points.map((p) => p.loss),
      "~r"
    )
    const ends = filters.map((f) => {
      const line = points.filter((p) => p.filters === String(f)).sort((a, b) => a.depth - b.depth)
      return `${f}: ${line[0].loss.toPrecision(3)} to ${line[line.length - 1].loss.toPrecision(3)}`
    })
    return {
      title: `${split === "train" ? "Training" : "Validation"} loss (${lossWords(trials).scale})${suffix}`,
      alt: `From the shallowest to the deepest, by filters: ${list(ends)}.`,
      spec: {
        data: { values: points },
        mark: { type: "line", point: { size: 45 }, strokeWidth: 2 },
        encoding: {
          x: {
            field: "depth",
            type: "quantitative",
            scale: { type: "log", base: 2, nice: false, domain: [depths[0] * 0.92, depths[depths.length - 1] * 1.08] },
            axis: { title: "Depth d (1: parallel)", values: depths, format: "d" }
          },
          y: { field: "loss", type: "quantitative", scale, axis },
          color: {
            field: "filters",
            type: "nominal",
            scale: { domain: filters.map(String), range: orderedColours(filters.length) },
            legend: { title: "Filters" }
          }
        }
      }
    }
  })
  return {
    name: `by-depth-${dataset.replace(/[^a-z0-9-]+/g, "-")}`,
    title: `Loss against depth (${dataset})`,
    caption: "Each point is the mean over the finished trials with that depth and number of filters.",
    panels,
    columns: ["split", "filters", "depth", "loss", "trials"].map((name) => ({ name, title: name })),
    rows: rows.map((row) => [row.split, row.filters, row.depth, row.loss, row.trials])
  }
}
