/** Loss and gap against Q, every trial a point. */

import type { Metrics } from "../../results/metrics.ts"
import { bySeries, seriesOf } from "../evidence/grid.ts"
import { distinct } from "../evidence/groups.ts"
import { borders } from "../evidence/intervals.ts"
import { lossWords } from "../evidence/loss.ts"
import { scopeCells, scopeColumns } from "../evidence/scope.ts"
import { isFinished, type Trial } from "../evidence/trial.ts"
import { networkName } from "../evidence/verdicts.ts"
import { colours, type Figure, hover, hoverable, type Panel } from "../page/figures.ts"
import { count } from "../page/format.ts"
import { seriesScales, valueScale } from "../page/scales.ts"

const quantities = [
  { name: "training_loss", title: "Training loss", of: (m: Metrics) => m.train.loss },
  { name: "validation_loss", title: "Validation loss", of: (m: Metrics) => m.validation.loss },
  { name: "gap", title: "Gap: validation − training loss", of: (m: Metrics) => m.validation.loss - m.train.loss }
] as const

/** Undefined where fewer than three values of Q have a finished trial of the scope. */
export function scatterFigure(trials: ReadonlyArray<Trial>): Figure | undefined {
  const rows = trials.filter(isFinished).flatMap(({ network, seed, metrics }) =>
    seriesOf(network).map((series) => ({
      series,
      q: metrics.overdetermination,
      network,
      seed,
      hover: `${networkName({ network })}, seed ${seed}`,
      values: quantities.map((quantity) => quantity.of(metrics))
    }))
  )
  if (rows.length === 0) return undefined
  const [{ scope }] = trials
  const ratios = rows.map((row) => row.q)
  const low = ratios.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = ratios.reduce((a, b) => Math.max(a, b), 0)
  if (new Set(ratios).size < 3) return undefined
  const { color, shape } = seriesScales([...distinct(rows.map((row) => row.series))].sort(bySeries))
  const edges = borders.filter((q) => q > low && q < high)
  const horizontal = valueScale(ratios, "~r")
  const x = {
    type: "quantitative",
    scale: horizontal.scale,
    axis: { ...horizontal.axis, title: `Overdetermination ratio Q${horizontal.suffix}`, grid: false }
  }
  const panels = quantities.map((quantity, i): Panel => {
    const { scale, axis, suffix } = valueScale(
      rows.map((row) => row.values[i]),
      "~r"
    )
    const points = rows.map((row) => ({ series: row.series, q: row.q, value: row.values[i], hover: row.hover }))
    return {
      title: `${quantity.title} (${lossWords(trials).scale})${suffix}`,
      alt: `${count(rows.length, "point")} with Q from ${low.toPrecision(3)} to ${high.toPrecision(3)}.`,
      spec: {
        layer: [
          {
            data: { values: edges.map((q) => ({ q })) },
            mark: { type: "rule", strokeDash: [3, 3], color: colours.grey, strokeWidth: 1 },
            encoding: { x: { ...x, field: "q" } }
          },
          {
            data: { values: points },
            mark: {
              type: "point",
              filled: false,
              strokeWidth: 1.2,
              opacity: 0.7,
              size: rows.length > 400 ? 12 : 32,
              ...hoverable
            },
            encoding: {
              x: { ...x, field: "q" },
              y: { field: "value", type: "quantitative", scale, axis },
              color: { ...color, legend: { symbolOpacity: 1 } },
              shape: { ...shape, legend: { symbolOpacity: 1 } },
              ...hover
            }
          }
        ]
      }
    }
  })
  return {
    name: `by-q-${scope.slug}`,
    title: `Loss and gap against the overdetermination ratio Q (${scope.name})`,
    caption:
      "Every finished trial is a point; networks of one layer count in both series." +
      (edges.length > 0 ? " Dashed lines are the borders of the paper's intervals of Q." : ""),
    panels,
    columns: [
      ...scopeColumns([scope]),
      ...[
        "architecture",
        "q",
        "layers",
        "filters",
        "kernel",
        "activation",
        "seed",
        ...quantities.map((q) => q.name)
      ].map((column) => ({ name: column, title: column }))
    ],
    rows: rows.map(({ series, q, network: n, seed, values }) => [
      ...scopeCells(scope),
      series,
      q,
      n.layers,
      n.filters,
      n.kernel,
      n.activation,
      seed,
      ...values
    ])
  }
}
