/** Figures of the report on data sets: the difference on each, and over layers or filters. */

import { distinct } from "../evidence/groups.ts"
import type { Trial } from "../evidence/trial.ts"
import { differencesPanel, saidOf } from "../figures/differences.ts"
import type { Figure } from "../page/figures.ts"
import { count, list, signed } from "../page/format.ts"
import { orderedColours } from "../page/scales.ts"
import { byNetwork, type Finding, VALIDATION } from "./rows.ts"
import { lookedText } from "./words.ts"

/** Parallel less sequential in ln validation loss, a row for each data set that has been looked at. */
export function differencesFigure(findings: ReadonlyArray<Finding>): Figure | undefined {
  const [{ series }] = findings
  const rows = findings.flatMap(({ dataset, looked: { validation } }) => {
    const { estimate, interval } = validation
    if (estimate === undefined || interval === undefined) return []
    const said = lookedText(validation, VALIDATION)
    return [{ name: dataset, mean: estimate.centre, low: interval.low, high: interval.high, said }]
  })
  if (rows.length === 0) return undefined
  const panel = differencesPanel(rows, {
    title: series.title,
    alt: saidOf(rows),
    measured: "ln validation loss, parallel − sequential",
    margin: VALIDATION.margin
  })
  return {
    name: `differences-${series.name}`,
    title: `Parallel less sequential (${series.title})`,
    caption:
      "Left of the broken line parallel networks validate better. Points are means over the seeds, lines their intervals at 95 % over all looks; in the grey band the difference counts as none (a factor of 1.1).",
    panels: [panel],
    columns: ["dataset", "mean", "low", "high", "verdict"].map((name) => ({ name, title: name })),
    rows: rows.map(({ name, mean, low, high, said }) => [name, mean, low, high, said])
  }
}

/** The same over the axis along which a series goes, of whatever pairs there are. */
export function axisFigure(
  series: { readonly name: string; readonly title: string },
  trials: ReadonlyArray<Trial>
): Figure | undefined {
  const axis = distinct(trials.map((t) => t.network.filters)).length > 1 ? "filters" : "layers"
  const datasets = distinct(trials.map(({ dataset }) => dataset))
  const rows = datasets.flatMap((dataset) =>
    byNetwork(
      trials.filter((t) => t.dataset === dataset),
      axis
    ).map((point) => ({ dataset, ...point }))
  )
  if (rows.length === 0) return undefined
  const there = datasets.filter((dataset) => rows.some((row) => row.dataset === dataset))
  const ends = there.map((dataset) => {
    const own = rows.filter((row) => row.dataset === dataset)
    const [first, last] = [own[0], own[own.length - 1]]
    return `${dataset} ${signed(first.value)} at ${first.x} and ${signed(last.value)} at ${last.x}`
  })
  const color = { field: "dataset", type: "nominal", scale: { domain: there, range: orderedColours(there.length) } }
  return {
    name: `over-${axis}-${series.name}`,
    title: `The difference over ${axis} (${series.title})`,
    caption: `Mean over the pairs that there are, ${count(Math.min(...rows.map(({ pairs }) => pairs)), "seed")} at least; above 0 parallel networks validate worse.`,
    panels: [
      {
        title: "ln validation loss, parallel − sequential",
        alt: `${list(ends)}.`,
        spec: {
          data: { values: rows },
          mark: { type: "line", point: true, strokeWidth: 1.6 },
          encoding: {
            x: {
              field: "x",
              type: "quantitative",
              scale: { type: "log", base: 2, nice: false },
              axis: { title: axis, values: distinct(rows.map(({ x }) => x)) }
            },
            y: { field: "value", type: "quantitative", axis: { title: null, format: "~r" } },
            color: { ...color, legend: { title: null, columns: 4 } }
          }
        }
      }
    ],
    columns: ["dataset", axis, "difference", "pairs"].map((name) => ({ name, title: name })),
    rows: rows.map(({ dataset, x, value, pairs }) => [dataset, x, value, pairs])
  }
}
