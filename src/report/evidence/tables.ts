/** The tables of the comparison of sequential and parallel networks. */

import { fiveDecimals, probability, signed, signedFiveDecimals, significant } from "../page/format.ts"
import type { Cell, Table } from "../page/tables.ts"
import { type Comparison, measuresOf, type QCell, qCells, type Sign } from "./comparisons.ts"
import { groupBy } from "./grid.ts"
import { intervals, paperDataset, paperLosses } from "./intervals.ts"
import { lossWords } from "./loss.ts"
import type { Trial } from "./trial.ts"

/** How many trials stand behind a cell. */
function trialsBehind({ finished, diverged, missing: none }: QCell): string | null {
  if (finished + diverged + none === 0) return null
  const without = [diverged > 0 ? `${diverged}\u00a0d` : "", none > 0 ? `${none}\u00a0m` : ""].filter(
    (part) => part !== ""
  )
  return `${finished}${without.length === 0 ? "" : ` + ${without.join(", ")}`}`
}

/** The paper's own numbers for a data set that it has. */
function paperRows(dataset: string): ReadonlyArray<ReadonlyArray<Cell>> {
  const name = paperDataset(dataset)
  if (name === undefined) return []
  return (["sequential", "parallel"] as const).map((architecture) => {
    const { train, validation } = paperLosses[name][architecture]
    return [`${name} (paper)`, architecture, ...intervals.flatMap((_, i) => [train[i], validation[i], null])]
  })
}

/** The form of the paper's Table 2. */
export function ratioTable(trials: ReadonlyArray<Trial>): Table {
  const cells = qCells(trials)
  const rows = [...groupBy(cells, (c) => `${c.dataset}/${c.architecture}`).values()]
  return {
    name: "loss-by-q",
    title: "Mean loss by interval of Q",
    note: `${lossWords(trials).note}. Means over seeds of the mean over configurations. n counts the trials in the mean, and beside it those that are not: d diverged, m missing or failed.`,
    columns: [
      { name: "dataset", title: "Data set" },
      { name: "architecture", title: "Architecture" },
      ...intervals.flatMap(({ label, low }) =>
        [
          { name: `q_from_${low}_training_loss`, title: "train", format: fiveDecimals },
          { name: `q_from_${low}_validation_loss`, title: "val", format: fiveDecimals },
          { name: `q_from_${low}_trials`, title: "n", narrow: true }
        ].map((column) => ({ ...column, group: `Q ∈ ${label}` }))
      )
    ],
    rows: [...groupBy(rows, (row) => row[0].dataset).values()].flatMap((architectures) => [
      ...architectures.map((row) => [
        row[0].dataset,
        row[0].architecture,
        ...row.flatMap((c) => [c.train?.loss ?? null, c.validation?.loss ?? null, trialsBehind(c)])
      ]),
      ...paperRows(architectures[0][0].dataset)
    ])
  }
}

const lower = (value: number): string => (value < 0 ? "parallel" : value > 0 ? "sequential" : "neither")

export function signsTable(signs: ReadonlyArray<Sign>): Table {
  const rows = signs.map(({ dataset, interval, quantity, here, seeds, paper }) => [
    dataset,
    interval.label,
    quantity,
    here,
    lower(here),
    seeds,
    paper ?? null,
    paper === undefined ? null : lower(paper),
    paper === undefined ? null : here * paper > 0 ? "yes" : "no"
  ])
  const columns = [
    { name: "dataset", title: "Data set" },
    { name: "q", title: "Q" },
    { name: "quantity", title: "Quantity" },
    { name: "difference", title: "difference", group: "Here", format: signedFiveDecimals },
    { name: "lower", title: "lower", group: "Here" },
    { name: "seeds", title: "seeds", group: "Here" },
    { name: "paper_difference", title: "difference", group: "Paper", format: signedFiveDecimals },
    { name: "paper_lower", title: "lower", group: "Paper" },
    { name: "same_sign", title: "Same sign" }
  ]
  return {
    name: "signs",
    title: "Which architecture is lower, cell by cell (differences are parallel − sequential)",
    columns,
    rows
  }
}

const verdicts = {
  equal: "about equal",
  parallel: "parallel better",
  sequential: "sequential better",
  open: "cannot be told"
} as const

/** Numbers of all measures share columns, so the unit stands in the measure's title and nothing is in per cent. */
export function testsTable(comparisons: ReadonlyArray<Comparison>): Table {
  const rows = comparisons.map(
    ({ dataset, measure, interval, differences, configurations, mean: centre, inference, adjusted, verdict }) => [
      dataset,
      measure.title,
      interval.label,
      differences.length,
      configurations.there,
      configurations.of,
      centre,
      ...(inference.kind === "pairs"
        ? [null, null, "none", null, null, null, measure.margin, null]
        : [
            inference.interval.low,
            inference.interval.high,
            inference.interval.method,
            inference.wilcoxon.p,
            adjusted!.p,
            adjusted!.smallest,
            measure.margin,
            inference.equivalence.p
          ]),
      verdicts[verdict]
    ]
  )
  const columns = [
    { name: "dataset", title: "Data set" },
    { name: "measure", title: "Measure" },
    { name: "q", title: "Q" },
    { name: "seeds", title: "Seeds" },
    { name: "configurations", title: "there", group: "Configurations" },
    { name: "configurations_of", title: "of", group: "Configurations" },
    { name: "difference", title: "mean", group: "parallel − sequential", format: signed },
    { name: "low", title: "from", group: "parallel − sequential", format: signed },
    { name: "high", title: "to", group: "parallel − sequential", format: signed },
    { name: "interval", title: "interval", group: "parallel − sequential" },
    { name: "wilcoxon_p", title: "p", group: "Wilcoxon", format: probability },
    { name: "holm_p", title: "Holm", group: "Wilcoxon", format: probability },
    { name: "smallest_holm_p", title: "least", group: "Wilcoxon", format: probability },
    { name: "margin", title: "Margin", csvOnly: true },
    { name: "tost_p", title: "TOST p", format: probability },
    { name: "verdict", title: "Verdict" }
  ]
  return {
    name: "tests",
    title: "Paired differences and their tests",
    columns,
    rows
  }
}

export function pairsTable(comparisons: ReadonlyArray<Comparison>): Table {
  const rows = comparisons.flatMap(({ dataset, measure, interval, differences }) =>
    differences.map((d) => [
      dataset,
      measure.title,
      interval.label,
      d.seed,
      d.networks,
      d.sequential,
      d.parallel,
      d.difference
    ])
  )
  return {
    name: "pairs",
    title: "The pairs behind the tests, seed by seed",
    folded: rows.length > 60,
    columns: [
      { name: "dataset", title: "Data set" },
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
  `Runs are paired by seed, initial values and order of examples; the sample is the seeds, after averaging over configurations for each seed. Below 6 seeds the pairs stand alone; the interval is Student's below 15 seeds, a BCa bootstrap (10,000 resamples) from there. Margins: ${measuresOf(
    trials
  )
    .map((m) => `${m.name} ${m.marginText}`)
    .join(", ")}. ` +
  "Holm's family is one data set and measure; beside the corrected p stands the smallest that so few seeds could have given. " +
  "Seeds are compared by the configurations that at least three quarters of them have. Where the grid has more configurations than these, interval and TOST also take in how much configurations differ among themselves, and widen (finite population, Welch–Satterthwaite); Wilcoxon's test is about those that are there."

export const signsExplained =
  "The sign of each difference, cell by cell, beside the paper's. Here a difference is a mean over pairs of the same configuration and seed, networks of one layer left out; the paper's is the difference of its two means. The gap is validation loss − training loss."
