/**
 * Scores that trials have only where their study asks for them: what they make of training labels that are wrong on
 * purpose, of the official test set, of corrupted images. Tables have columns for those that there are.
 */
import type { Metrics } from "../../results/metrics.ts"
import { mean } from "../../statistics/statistics.ts"
import { percent, significant } from "../page/format.ts"
import type { Cell, Column, Table } from "../page/tables.ts"
import { seriesOf } from "./grid.ts"
import { distinct, groupBy } from "./groups.ts"
import { scopeCells, scopeColumns } from "./scope.ts"
import type { Trial } from "./trial.ts"

interface Score {
  readonly column: Column
  readonly of: (metrics: Metrics) => number | null | undefined
}

const labels = "Wrong labels %"

const SCORES: ReadonlyArray<Score> = [
  { column: { name: "wrong_labels", title: "Wrong labels", csvOnly: true }, of: (m) => m.memorization?.wrong },
  {
    column: { name: "memorized", title: "memorized", group: labels, format: percent },
    of: (m) => m.memorization?.memorized
  },
  {
    column: { name: "corrected", title: "corrected", group: labels, format: percent },
    of: (m) => m.memorization?.corrected
  },
  {
    column: { name: "learned", title: "learned", group: "Right labels %", format: percent },
    of: (m) => m.memorization?.learned
  },
  { column: { name: "test_loss", title: "test", group: "Test set", format: significant }, of: (m) => m.test?.loss },
  {
    column: { name: "test_accuracy", title: "accuracy %", group: "Test set", format: percent },
    of: (m) => m.test?.accuracy
  },
  {
    column: { name: "mean_corruption_error", title: "Mean corruption error %", format: percent },
    of: (m) => m.meanCorruptionError
  }
]

const notes: ReadonlyArray<readonly [of: (metrics: Metrics) => unknown, note: string]> = [
  [
    (m) => m.memorization,
    "Of the training images whose label is wrong on purpose: the share to which the network gives that label (memorized), and that to which it gives the true one (corrected); learned: of those whose label is right, the share to which it gives it."
  ],
  [
    (m) => m.corrupted,
    "Mean corruption error: the share of wrong answers on corrupted images, as a mean over kinds and severities."
  ]
]

type Scored = Pick<Trial, "metrics">

const metricsOf = (trials: ReadonlyArray<Scored>) => trials.flatMap(({ metrics }) => metrics ?? [])

/** What the tables of some trials have of it: columns, their cells for some of the trials (means), and what they mean. */
export interface FurtherScores {
  readonly columns: ReadonlyArray<Column>
  readonly means: (trials: ReadonlyArray<Scored>) => ReadonlyArray<Cell>
  readonly note: string | undefined
}

/** `each`: whether every kind and severity has a column of its own. */
export function furtherScores(trials: ReadonlyArray<Scored>, each: "means" | "each kind and severity"): FurtherScores {
  const all = metricsOf(trials)
  const scores = [...SCORES, ...(each === "means" ? [] : byKind(all))].filter(({ of }) =>
    all.some((metrics) => of(metrics) !== undefined)
  )
  const said = notes.filter(([of]) => all.some((metrics) => of(metrics) !== undefined)).map(([, note]) => note)
  return {
    columns: scores.map(({ column }) => column),
    means: (some) => scores.map(({ of }) => meanOf(metricsOf(some).map(of))),
    note: said.length === 0 ? undefined : said.join(" ")
  }
}

function meanOf(values: ReadonlyArray<number | null | undefined>): Cell {
  const known = values.flatMap((value) => (value == null || !Number.isFinite(value) ? [] : value))
  return known.length === 0 ? null : mean(known)
}

/** "gaussian-noise" → "gaussian_noise_3_accuracy" */
const byKind = (all: ReadonlyArray<Metrics>): ReadonlyArray<Score> =>
  kindsOf(all).flatMap((kind) =>
    severitiesOf(all).map((severity) => ({
      column: {
        name: `${kind.replaceAll("-", "_")}_${severity}_accuracy`,
        title: `${kind}, severity ${severity}, accuracy`,
        csvOnly: true
      },
      of: (m) => m.corrupted?.[kind]?.[severity]?.accuracy
    }))
  )

const kindsOf = (all: ReadonlyArray<Metrics>) => distinct(all.flatMap((m) => Object.keys(m.corrupted ?? {})))
const severitiesOf = (all: ReadonlyArray<Metrics>) =>
  distinct(all.flatMap((m) => Object.values(m.corrupted ?? {}).flatMap((scores) => Object.keys(scores)))).toSorted()

/** Errors by kind and severity, of deep and shallow networks; nothing where no corrupted images are scored. */
export function corruptionsTable(trials: ReadonlyArray<Trial>): Table | undefined {
  const scored = trials.filter(({ metrics }) => metrics?.status === "finished" && metrics.corrupted !== undefined)
  if (scored.length === 0) return undefined
  const all = metricsOf(scored)
  const severities = severitiesOf(all)
  const groups = [
    ...groupBy(scored, ({ scope, network }) => `${scope.name}\n${seriesOf(network).join(" = ")}`).values()
  ]
  const errors = (metrics: ReadonlyArray<Metrics>, kind: string, severity: string) =>
    metrics.flatMap((m) => {
      const score = m.corrupted?.[kind]?.[severity]
      return score === undefined ? [] : 1 - score.accuracy
    })
  return {
    name: "corruptions",
    title: "Errors on corrupted images: share of wrong answers in %, by kind and severity, means over the networks",
    folded: groups.length * kindsOf(all).length > 24,
    columns: [
      ...scopeColumns(scored.map(({ scope }) => scope)),
      { name: "architecture", title: "Architecture" },
      { name: "corruption", title: "Corruption" },
      ...severities.map((severity) => ({
        name: `severity_${severity}`,
        title: severity,
        group: "Severity",
        format: percent
      })),
      { name: "mean", title: "Mean", format: percent },
      { name: "networks", title: "Networks" }
    ],
    rows: groups.flatMap((group) =>
      kindsOf(metricsOf(group)).map((kind) => {
        const metrics = metricsOf(group)
        return [
          ...scopeCells(group[0].scope),
          seriesOf(group[0].network).join(" = "),
          kind,
          ...severities.map((severity) => meanOf(errors(metrics, kind, severity))),
          meanOf(severities.flatMap((severity) => errors(metrics, kind, severity))),
          metrics.filter((m) => m.corrupted?.[kind] !== undefined).length
        ]
      })
    )
  }
}
