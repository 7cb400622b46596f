/** Tables of a report on a drawn part of a grid. */
import { mean } from "../../statistics/statistics.ts"
import { groupBy } from "../evidence/groups.ts"
import { intervals, paperDataset, paperLosses } from "../evidence/intervals.ts"
import { lossWords } from "../evidence/loss.ts"
import { couplesOf, isPair } from "../evidence/pairs.ts"
import { verdictText } from "../evidence/verdicts.ts"
import { fiveDecimals, percent, signed, significant } from "../page/format.ts"
import type { Cell, Table } from "../page/tables.ts"
import {
  ALL,
  isIn,
  isJudged,
  partsOf,
  type SampledComparison,
  type SampledTrial,
  sampledLosses,
  sampledMeasures,
  type Unit
} from "./rows.ts"

const partColumns = [
  { name: "dataset", title: "Data set" },
  { name: "q", title: "Q" }
]

const ends = (outcome: SampledComparison["outcome"]): ReadonlyArray<Cell> => {
  const interval = isJudged(outcome) ? outcome.interval : undefined
  return [interval?.low ?? null, interval?.high ?? null]
}

export function estimatesTable(comparisons: ReadonlyArray<SampledComparison>): Table {
  return {
    name: "estimates",
    title: "Parallel against sequential, over all configurations of the grid",
    note: "Differences parallel − sequential, estimated for all configurations from those that were drawn (Horvitz & Thompson, by the number of configurations that these stand for), with intervals at 95 %: their variance is that between configurations, for those that were not drawn, and that between seeds. Verdicts are corrected for the parts of one data set and measure (Holm).",
    columns: [
      ...partColumns,
      { name: "measure", title: "Measure" },
      { name: "difference", title: "estimate", group: "Difference", format: signed },
      { name: "low", title: "from", group: "Difference", format: signed },
      { name: "high", title: "to", group: "Difference", format: signed },
      { name: "between_configurations", title: "configurations", group: "Error from", format: significant },
      { name: "between_seeds", title: "seeds", group: "Error from", format: significant },
      { name: "there", title: "there", group: "Configurations" },
      { name: "drawn", title: "drawn", group: "Configurations" },
      { name: "of", title: "of", group: "Configurations" },
      { name: "seeds", title: "Seeds" },
      { name: "verdict", title: "Verdict" }
    ],
    rows: comparisons.map(({ dataset, interval, measure, sampled, outcome, configurations, seeds }) => [
      ...[dataset, interval.label, measure.title, sampled.centre],
      ...ends(outcome),
      Math.sqrt(sampled.betweenConfigurations),
      Number.isFinite(sampled.betweenSeeds) ? Math.sqrt(sampled.betweenSeeds) : null,
      ...[configurations.there, configurations.drawn, configurations.of, seeds],
      isJudged(outcome) ? verdictText(outcome, measure) : `open: ${outcome.reason}`
    ])
  }
}

/** Table 2 of the paper, estimated; its numbers beside. */
export function sampledTable2(trials: ReadonlyArray<SampledTrial>, units: ReadonlyArray<Unit>): Table {
  const rows = partsOf(units)
    .filter(({ dataset, interval }) => dataset !== ALL && intervals.includes(interval))
    .flatMap((part) => {
      const name = paperDataset(part.dataset)
      return (["sequential", "parallel"] as const).flatMap((architecture): ReadonlyArray<ReadonlyArray<Cell>> => {
        const here = sampledLosses(trials, part, architecture)
        const paper = name === undefined ? undefined : paperLosses[name][architecture]
        if (here === undefined && paper === undefined) return []
        const i = intervals.indexOf(part.interval)
        const own = units.filter((unit) => isIn(part, unit))
        return [
          [
            ...[part.dataset, part.interval.label, architecture],
            ...[here?.train ?? null, paper?.train[i] ?? null],
            ...[here?.validation ?? null, paper?.validation[i] ?? null],
            here?.gap ?? null,
            ...[own.filter(({ drawn }) => drawn).length, own.length]
          ]
        ]
      })
    })
  return {
    name: "table-2",
    title: "Mean loss by interval of Q, estimated, beside the paper's Table 2",
    note: `${lossWords(trials).note}: means over all configurations, estimated from those that were drawn and have finished. Networks of one layer, which both architectures have in common, are not among them. Rows of one interval are of the same configurations; an estimate from a handful is far from the whole.`,
    columns: [
      ...partColumns,
      { name: "architecture", title: "Architecture" },
      { name: "training_loss", title: "here", group: "Training loss", format: fiveDecimals },
      { name: "paper_training_loss", title: "paper", group: "Training loss", format: fiveDecimals },
      { name: "validation_loss", title: "here", group: "Validation loss", format: fiveDecimals },
      { name: "paper_validation_loss", title: "paper", group: "Validation loss", format: fiveDecimals },
      { name: "gap", title: "Gap", format: fiveDecimals },
      { name: "drawn", title: "drawn", group: "Configurations" },
      { name: "of", title: "of", group: "Configurations" }
    ],
    rows
  }
}

/** Every drawn configuration: how it came in, for how many it stands, what its pairs say. */
export function drawnTable(trials: ReadonlyArray<SampledTrial>): Table {
  const measures = sampledMeasures(trials)
  const rows = [...groupBy(trials, ({ unit }) => unit.name).values()].map((own): ReadonlyArray<Cell> => {
    const [{ unit }] = own
    const couples = couplesOf(own)
    const pairs = couples.filter(isPair)
    return [
      ...[unit.name, unit.ratio, unit.probability, 1 / unit.probability],
      ...[pairs.length, couples.length],
      ...measures.map(({ of }) =>
        pairs.length === 0 ? null : mean(pairs.map((p) => of(p.parallel.metrics) - of(p.sequential.metrics)))
      ),
      own.reduce((sum, { seconds }) => sum + seconds, 0) / 3600
    ]
  })
  return {
    name: "drawn",
    title: "What was drawn",
    note: "Each configuration with both architectures and all its seeds; differences are parallel − sequential, means over its pairs.",
    folded: rows.length > 24,
    columns: [
      { name: "configuration", title: "Configuration" },
      { name: "q", title: "Q", format: significant },
      { name: "probability", title: "Probability", format: significant },
      { name: "weight", title: "Stands for", format: significant },
      { name: "pairs", title: "there", group: "Pairs" },
      { name: "of", title: "of", group: "Pairs" },
      ...measures.map(({ name, title }) => ({
        name: name.replaceAll(" ", "_"),
        title,
        group: "Difference",
        format: signed
      })),
      { name: "core_hours", title: "Core-hours", format: significant }
    ],
    rows
  }
}

/** All that could be drawn, with what was declared for it. */
export function frameTable(units: ReadonlyArray<Unit>): Table {
  return {
    name: "frame",
    title: "All configurations of the grid and their probabilities, declared before anything was run",
    folded: true,
    columns: [
      { name: "configuration", title: "Configuration" },
      { name: "q", title: "Q", format: significant },
      { name: "probability", title: "Probability %", format: percent },
      { name: "drawn", title: "Drawn" }
    ],
    rows: units.map(({ name, ratio, probability, drawn }) => [name, ratio, probability, drawn ? "yes" : "no"])
  }
}
