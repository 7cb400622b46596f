/** The tables of the comparison of sequential and parallel networks. */

import { lossOf } from "../../network/network.ts"
import { fiveDecimals, probability, signed, signedFiveDecimals, significant } from "../page/format.ts"
import type { Cell, Column, Table } from "../page/tables.ts"
import { type QCell, qCells } from "./cells.ts"
import { type Comparison, measuresOf, type Sign } from "./comparisons.ts"
import { averagedOver } from "./grid.ts"
import { groupBy } from "./groups.ts"
import { intervals, paperDataset, paperLosses } from "./intervals.ts"
import { lossWords } from "./loss.ts"
import type { Sample } from "./pairs.ts"
import { type Scope, scopeCells, scopeColumns } from "./scope.ts"
import type { Trial } from "./trial.ts"
import { asideText, trialName, verdictText } from "./verdicts.ts"

/** How many trials and seeds stand behind a cell. */
function trialsBehind({ finished, diverged, missing: none, losses }: QCell): string | null {
  if (finished + diverged + none === 0) return null
  const without = [diverged > 0 ? `${diverged}\u00a0d` : "", none > 0 ? `${none}\u00a0m` : ""].filter(
    (part) => part !== ""
  )
  const seeds = losses === undefined ? "" : ` (${losses.seeds}\u00a0s)`
  return `${finished}${seeds}${without.length === 0 ? "" : ` + ${without.join(", ")}`}`
}

/** The paper's own numbers for a data set that it has. */
function paperRows({ dataset, cells }: Scope): ReadonlyArray<ReadonlyArray<Cell>> {
  const name = paperDataset(dataset)
  if (name === undefined) return []
  return (["sequential", "parallel"] as const).map((architecture) => {
    const { train, validation } = paperLosses[name][architecture]
    const losses = intervals.flatMap((_, i) => [train[i], validation[i], null])
    return [`${name} (paper)`, ...cells.map(() => null), architecture, ...losses]
  })
}

/** The form of the paper's Table 2. */
export function ratioTable(trials: ReadonlyArray<Trial>): Table {
  const cells = qCells(trials)
  const rows = [...groupBy(cells, (c) => `${c.scope.name}/${c.architecture}`).values()]
  return {
    name: "loss-by-q",
    title: `Mean loss by interval of Q${averagedOver(trials)}`,
    note: `${lossWords(trials).note}. Means over configurations of their means over the seeds. n counts the trials in the mean and their seeds (s), and beside it those that are not: d diverged, m missing or failed. Cells of unlike numbers of seeds are not to be compared: the pairs below are.`,
    columns: [
      ...scopeColumns(cells.map((c) => c.scope)),
      { name: "architecture", title: "Architecture" },
      ...intervals.flatMap(({ label, low }) =>
        [
          { name: `q_from_${low}_training_loss`, title: "train", format: fiveDecimals },
          { name: `q_from_${low}_validation_loss`, title: "val", format: fiveDecimals },
          { name: `q_from_${low}_trials`, title: "n", narrow: true }
        ].map((column) => ({ ...column, group: `Q ∈ ${label}` }))
      )
    ],
    rows: [...groupBy(rows, (row) => row[0].scope.name).values()].flatMap((architectures) => [
      ...architectures.map((row) => [
        ...scopeCells(row[0].scope),
        row[0].architecture,
        ...row.flatMap((c) => [c.losses?.train ?? null, c.losses?.validation ?? null, trialsBehind(c)])
      ]),
      ...paperRows(architectures[0][0].scope)
    ])
  }
}

const lower = (value: number): string => (value < 0 ? "parallel" : value > 0 ? "sequential" : "neither")

export function signsTable(signs: ReadonlyArray<Sign>): Table {
  const rows = signs.flatMap(({ scope, interval, quantity, sample, paper, lower: told }) =>
    sample === undefined
      ? []
      : [
          [
            told ?? "open",
            ...scopeCells(scope),
            interval.label,
            quantity,
            sample.mean,
            lower(sample.mean),
            sample.seeds.length,
            sample.pairs.there,
            sample.pairs.of,
            paper ?? null,
            paper === undefined ? null : lower(paper),
            paper === undefined ? null : sample.mean * paper > 0 ? "yes" : "no"
          ]
        ]
  )
  const here = signs.some(({ paper }) => paper !== undefined) ? { group: "Here" } : {}
  const columns: ReadonlyArray<Column> = [
    { name: "lower", title: "Surely lower" },
    ...scopeColumns(signs.map((s) => s.scope)),
    { name: "q", title: "Q" },
    { name: "quantity", title: "Quantity" },
    { name: "difference", title: "difference", ...here, format: signedFiveDecimals },
    { name: "mean_lower", title: "lower", ...here },
    { name: "seeds", title: "seeds", ...here },
    { name: "pairs", title: "pairs", ...here },
    { name: "pairs_of", title: "of", ...here },
    { name: "paper_difference", title: "difference", group: "Paper", format: signedFiveDecimals },
    { name: "paper_lower", title: "lower", group: "Paper" },
    { name: "same_sign", title: "Same sign" }
  ]
  return {
    name: "signs",
    title: `Which architecture is lower, cell by cell (differences are parallel − sequential)${over(signs.map((s) => s.sample))}`,
    note: "Surely lower: by the 95 % interval and Wilcoxon's test, corrected for the number of cells of one quantity; open where that does not tell, or where fewer than half of the pairs are there.",
    columns,
    rows
  }
}

/** What the pairs of some samples are averaged over. */
const over = (samples: ReadonlyArray<Sample | undefined>): string =>
  averagedOver(samples.flatMap((sample) => sample?.networks ?? []))

/** Comparisons with what their Q is called: where one interval has all of a scope's pairs, they stand there once. */
function withQ(comparisons: ReadonlyArray<Comparison>) {
  const part = (c: Comparison) =>
    comparisons.find(
      (o) => o !== c && o.scope === c.scope && o.measure.name === c.measure.name && o.pairs.of === c.pairs.of
    )
  return comparisons.flatMap((c) => {
    const same = part(c)
    if (same === undefined) return [{ ...c, q: c.interval.label }]
    return c.interval.label === "all" ? [{ ...c, q: `all = ${same.interval.label}` }] : []
  })
}

/** Numbers of all measures share columns, so the unit stands in the measure's title and nothing is in per cent. */
export function testsTable(comparisons: ReadonlyArray<Comparison>): Table {
  const rows = withQ(comparisons).map(
    ({ scope, measure, q, seeds, configurations, pairs, mean, judgement, ...sample }): ReadonlyArray<Cell> => [
      verdictText(judgement, measure),
      ...scopeCells(scope),
      measure.title,
      q,
      mean,
      judgement.interval?.low ?? null,
      judgement.interval?.high ?? null,
      judgement.interval?.method ?? "none",
      seeds.length,
      configurations.there,
      configurations.of,
      pairs.there,
      pairs.of,
      sample.diverged.length,
      sample.unlearned.length,
      judgement.family,
      judgement.adjusted?.difference ?? null,
      judgement.adjusted?.smallest ?? null,
      measure.margin,
      judgement.adjusted?.equivalence ?? null,
      judgement.adjusted?.beyond ?? null
    ]
  )
  const columns: ReadonlyArray<Column> = [
    { name: "verdict", title: "Verdict" },
    ...scopeColumns(comparisons.map((c) => c.scope)),
    { name: "measure", title: "Measure" },
    { name: "q", title: "Q" },
    { name: "difference", title: "mean", group: "parallel − sequential", format: signed },
    { name: "low", title: "from", group: "parallel − sequential", format: signed },
    { name: "high", title: "to", group: "parallel − sequential", format: signed },
    { name: "interval", title: "interval", group: "parallel − sequential" },
    { name: "seeds", title: "Seeds" },
    { name: "configurations", title: "there", group: "Configurations" },
    { name: "configurations_of", title: "of", group: "Configurations" },
    { name: "pairs", title: "there", group: "Pairs" },
    { name: "pairs_of", title: "of", group: "Pairs" },
    { name: "pairs_diverged", title: "diverged", group: "Pairs" },
    { name: "not_learned", title: "Not learned" },
    { name: "family", title: "Tests" },
    { name: "holm_p", title: "Wilcoxon", group: "p after Holm", format: probability },
    { name: "smallest_holm_p", title: "least", group: "p after Holm", format: probability },
    { name: "margin", title: "Margin", csvOnly: true },
    { name: "tost_p", title: "equal", group: "p after Holm", format: probability },
    { name: "beyond_p", title: "beyond", group: "p after Holm", format: probability }
  ]
  return {
    name: "tests",
    title: `Paired differences and their tests${over(comparisons)}`,
    note: asideNote(comparisons),
    columns,
    rows
  }
}

/** Who stands aside in the tests, by name. */
function asideNote(comparisons: ReadonlyArray<Comparison>): string {
  const whole = comparisons.filter(
    ({ interval, measure }) => interval.label === "all" && measure.name === "validation loss"
  )
  const parts = whole.flatMap((c) => {
    const aside = asideText(c)
    return aside === "" ? [] : [`${whole.length > 1 ? `${c.scope.name}: ` : ""}${aside}.`]
  })
  return parts.length === 0
    ? "No pair has a diverged partner, and all networks in these tests have learned."
    : parts.join(" ")
}

/** Trials that stand aside in the tests, or stand in them without having learned; undefined if there are none. */
export function asideTable(comparisons: ReadonlyArray<Comparison>): Table | undefined {
  const whole = comparisons.filter(
    ({ interval, measure }) => interval.label === "all" && measure.name === "validation loss"
  )
  const rows = whole.flatMap(
    ({ scope, diverged, unlearned }): ReadonlyArray<ReadonlyArray<Cell>> => [
      ...diverged.flatMap(({ sequential, parallel }) =>
        [sequential, parallel]
          .filter((t) => t.metrics?.status === "diverged")
          .map((t) => ["diverged: its pair is in no test", ...scopeCells(scope), trialName(t), null, null])
      ),
      ...unlearned.map((t) => [
        "has not learned",
        ...scopeCells(scope),
        trialName(t),
        t.metrics.train.loss,
        t.metrics.train.accuracy
      ])
    ]
  )
  if (rows.length === 0) return undefined
  const losses = whole.flatMap(({ networks }) => networks.map(({ network }) => lossOf(network)))
  const entropy = losses.includes("cross-entropy") ? ", or a cross-entropy that is no lower than that of guessing" : ""
  return {
    name: "aside",
    title: "Networks that diverged, or finished without having learned",
    note: `Not learned: on its training images no more right than guessing their most frequent class${entropy}.`,
    folded: rows.length > 12,
    columns: [
      { name: "what", title: "What" },
      ...scopeColumns(whole.map((c) => c.scope)),
      { name: "network", title: "Network" },
      { name: "training_loss", title: "Training loss", format: significant },
      { name: "training_accuracy", title: "Training accuracy", format: significant }
    ],
    rows
  }
}

export function pairsTable(comparisons: ReadonlyArray<Comparison>): Table {
  const rows = withQ(comparisons).flatMap(({ scope, measure, q, seeds }) =>
    seeds.map((d) => [
      ...scopeCells(scope),
      measure.title,
      q,
      d.seed,
      d.networks,
      d.sequential,
      d.parallel,
      d.difference
    ])
  )
  return {
    name: "pairs",
    title: `The pairs behind the tests, seed by seed${over(comparisons)}`,
    note: "Where a seed lacks some of the configurations, its numbers are what a model of configurations and seeds makes of the others'.",
    folded: rows.length > 60,
    columns: [
      ...scopeColumns(comparisons.map((c) => c.scope)),
      { name: "measure", title: "Measure" },
      { name: "q", title: "Q" },
      { name: "seed", title: "Seed" },
      { name: "networks", title: "Networks" },
      { name: "sequential", title: "Sequential", format: significant },
      { name: "parallel", title: "Parallel", format: significant },
      { name: "difference", title: "Difference", format: signed }
    ],
    rows
  }
}

export const testsExplained = (trials: ReadonlyArray<Trial>): string =>
  `Runs are paired by seed, initial values and order of examples; the sample is the seeds, crossed with the configurations, of which some may be missing. Below 6 seeds the pairs stand alone; the interval is Student's, from 15 seeds on and with nothing missing a BCa bootstrap (10,000 resamples). Margins: ${measuresOf(
    trials
  )
    .map((m) => `${m.name} ${m.marginText}`)
    .join(", ")}. ` +
  "Each is judged by three tests, each corrected (Holm) for the number of comparisons of one table heading and measure, the same data counted once: whether there is a difference (Wilcoxon; beside it the smallest p that so few seeds could have given), whether it lies within the margin (TOST), whether it lies beyond. " +
  "Where fewer than half of a grid's pairs are there, nothing is said of it; from there on the interval takes in how much configurations differ among themselves, and widens (finite population, Welch–Satterthwaite). Wilcoxon's test is about those that are there."

export function signsExplained(signs: ReadonlyArray<Sign>): string {
  const here =
    "a difference is a mean over pairs of the same configuration and seed, networks of one layer left out; the gap is validation loss − training loss."
  return signs.some(({ paper }) => paper !== undefined)
    ? `The sign of each difference, cell by cell, beside the paper's (arXiv 2309.08414, Table 2), which is the difference of its two means. Here ${here}`
    : `The sign of each difference, cell by cell: ${here}`
}
