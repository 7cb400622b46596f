/** The report on ablations. A pure function from results to files. */
import { mean } from "../../statistics/statistics.ts"
import { familiesTable } from "../evidence/families.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { type Priced, price } from "../evidence/prices.ts"
import { inScopes } from "../evidence/scope.ts"
import { isFinished, missingOf, type Unplaced } from "../evidence/trial.ts"
import { type Assumption, assumptionsTable, sources, tableBlock } from "../evidence/trial-tables.ts"
import { intervalsFigure } from "../figures/intervals.ts"
import type { Figure, Panel } from "../page/figures.ts"
import { count, integer, significant } from "../page/format.ts"
import { withHeadline } from "../page/headline.ts"
import { figures, renderPage, type Section, text } from "../page/page.ts"
import { orderedColours, valueScale } from "../page/scales.ts"
import type { Table } from "../page/tables.ts"
import { claimsOf, families } from "./claims.ts"
import { type Ablated, type Cell, cellsOf, deepPairs, PARTS, predictedIn, ratioIn, remainderAtLoss } from "./rows.ts"

export interface AblationReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly networks: ReadonlyArray<Ablated<Unplaced<Priced>>>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function ablationReport({ title, question, assumptions, networks }: AblationReport) {
  const trials = inScopes(networks.map(({ trial }) => trial))
  const cells = cellsOf(networks.map((one, i) => ({ ...one, trial: trials[i] })))
  // The base stands in several parts.
  const each = [...new Map(trials.map((trial) => [JSON.stringify([trial.dataset, trial.settings]), trial])).values()]
  const missing = missingOf(each)
  const coverage = `${each.filter(isFinished).length} of ${count(each.length, "training")} finished${missing.length === 0 ? "" : `; missing: ${price(missing)}`}.`
  const tested = families(cells)
  const drawn = tested.filter(({ figure }) => figure === "differences")
  const differences = intervalsFigure(drawn, {
    name: "differences",
    title: "What changes deep against shallow",
    caption: "Left of the broken line sequential networks are lower, or what a panel names first."
  })
  const sections: ReadonlyArray<Section> = [
    {
      id: "differences",
      title: "One thing changed at a time",
      blocks: [...figures([differences, predictedFigure(cells)]), tableBlock(networksTable(cells))]
    },
    {
      id: "decisions",
      title: "What was tested",
      blocks: [text(equalLoss), tableBlock(familiesTable(tested, "Every question at every level"))]
    },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(each) }
  ]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(coverage)] }
  return renderPage({ title, lead: question, sections: withHeadline(answers, claimsOf(cells), sections) })
}

const equalLoss =
  "At equal training loss: both networks of a seed at their first epoch whose running training loss is down at the larger of their least ones. R_1 is read between the epochs at which the sequential network was taken apart, by the logarithm of its training loss. Pairs of which one has not come below nine tenths of guessing's loss are in no mean."

/** Every network at every level, means over the seeds. */
function networksTable(cells: ReadonlyArray<Cell>): Table {
  const rows = cells.flatMap((cell) =>
    [...groupBy(cell.networks, ({ trial }) => String(trial.network.depth)).values()].map((own) => {
      const done = own.map(({ trial }) => trial).filter(isFinished)
      const average = (values: ReadonlyArray<number | undefined>) => {
        const there = values.flatMap((value) => value ?? [])
        return there.length === 0 ? null : mean(there)
      }
      const { network, dataset, examples } = own[0].trial
      const pairs = network.depth === network.layers ? deepPairs(cell) : []
      return [
        ...[PARTS[cell.part], cell.level, dataset, network.layers, network.depth, network.filters],
        ...[examples, ratioIn(cell)],
        average(done.map(({ metrics }) => metrics.train.loss)),
        average(done.map(({ metrics }) => metrics.validation.loss)),
        average(pairs.map(remainderAtLoss)),
        done.length
      ]
    })
  )
  return {
    name: "networks",
    title: "Every network at every level, means over the seeds",
    folded: rows.length > 40,
    columns: [
      { name: "part", title: "Changed" },
      { name: "level", title: "Level" },
      { name: "dataset", title: "Data set" },
      { name: "layers", title: "Layers" },
      { name: "depth", title: "Depth" },
      { name: "filters", title: "Filters" },
      { name: "images", title: "K", format: integer },
      { name: "q", title: "Q", format: significant },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "remainder", title: "R₁ at equal loss", format: significant },
      { name: "seeds", title: "Seeds" }
    ],
    rows
  }
}

/** The difference over R_1, a panel for each scale of the branch, a point for each network and seed. */
function predictedFigure(cells: ReadonlyArray<Cell>): Figure | undefined {
  const points = predictedIn(cells).map((one) => ({
    ...one,
    network: `${one.layers} layers, ${one.dataset}`,
    apart: Math.abs(one.difference)
  }))
  if (points.length === 0) return undefined
  const networks = distinct(points.map(({ network }) => network))
  const across = valueScale(
    points.map(({ remainder }) => remainder),
    "~r"
  )
  const up = valueScale(
    points.map(({ apart }) => apart),
    "~r"
  )
  const panels = [...groupBy(points, ({ rule }) => rule)].map(
    ([rule, own]): Panel => ({
      title: `${rule}: |ln loss ratio|${up.suffix}`,
      alt: `${count(own.length, "point")}, R₁ from ${significant(Math.min(...own.map((p) => p.remainder)))} to ${significant(Math.max(...own.map((p) => p.remainder)))}.`,
      spec: {
        data: { values: own },
        mark: { type: "point", filled: true, opacity: 0.7, size: 30 },
        encoding: {
          x: {
            field: "remainder",
            type: "quantitative",
            scale: across.scale,
            axis: { ...across.axis, title: "R₁ of the sequential network" }
          },
          y: { field: "apart", type: "quantitative", scale: up.scale, axis: up.axis },
          color: {
            field: "network",
            type: "nominal",
            scale: { domain: networks, range: orderedColours(networks.length) },
            legend: { columns: 3 }
          }
        }
      }
    })
  )
  return {
    name: "predicted",
    title: "Does R₁ tell how far deep and shallow are apart?",
    caption:
      "A point for each network and seed: what is left of a sequential network after its first two terms, and the ratio of validation losses at equal training loss.",
    panels,
    columns: ["rule", "dataset", "layers", "seed", "remainder", "difference"].map((name) => ({ name, title: name })),
    rows: points.map(({ rule, dataset, layers, seed, remainder, difference }) => [
      rule,
      dataset,
      layers,
      seed,
      remainder,
      difference
    ])
  }
}
