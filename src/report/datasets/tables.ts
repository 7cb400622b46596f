/** Tables of the report on data sets. */
import { levelsOf } from "../../statistics/sequential.ts"
import { ALPHA } from "../../statistics/verdict.ts"
import { distinct } from "../evidence/groups.ts"
import type { Priced } from "../evidence/prices.ts"
import { isFinished, ratioOf, type Trial } from "../evidence/trial.ts"
import { networkName } from "../evidence/verdicts.ts"
import { integer, percent, probability, signed, significant } from "../page/format.ts"
import type { Cell, Table } from "../page/tables.ts"
import { missingOf, nextOf } from "./claims.ts"
import { bestOf, type Finding, MEASURES, type Trend } from "./rows.ts"
import { changeWords, lookedText } from "./words.ts"

/** What each claim came to, by each measure. */
export function decisionsTable(findings: ReadonlyArray<Finding<Priced>>): Table {
  const rows = findings.map((finding): ReadonlyArray<Cell> => {
    const ratios = finding.trials.map(ratioOf)
    return [
      finding.series.title,
      finding.dataset,
      finding.trials[0].examples,
      Math.min(...ratios),
      Math.max(...ratios),
      finding.configurations,
      finding.seeds,
      finding.diverged,
      finding.unlearned,
      ...MEASURES.flatMap((measure) => {
        const looked = finding.looked[measure.name]
        const { estimate, interval, seeds } = looked
        return [
          estimate?.centre ?? null,
          interval?.low ?? null,
          interval?.high ?? null,
          seeds ?? null,
          lookedText(looked, measure)
        ]
      })
    ]
  })
  return {
    name: "decisions",
    title: "Parallel less sequential on each data set",
    note: "Each difference is the mean over a series' configurations (networks of one layer left out), one a seed, at the look that decided or the last one; intervals hold at 95 % over all looks. Of losses the logarithms differ: 0.1 is a tenth more. Accuracies differ in points / 100. Verdicts are corrected over the looks and over the data sets of a series.",
    columns: [
      { name: "series", title: "Series" },
      { name: "dataset", title: "Data set" },
      { name: "images", title: "K", format: integer },
      { name: "least_q", title: "from", group: "Q", format: significant },
      { name: "greatest_q", title: "to", group: "Q", format: significant },
      { name: "configurations", title: "Pairs a seed" },
      { name: "seeds", title: "Seeds there" },
      { name: "diverged", title: "Diverged", csvOnly: true },
      { name: "not_learned", title: "Not learned" },
      ...MEASURES.flatMap(({ name, title }) =>
        [
          { name: `${name}_difference`, title: "mean", format: signed },
          { name: `${name}_low`, title: "from", format: signed },
          { name: `${name}_high`, title: "to", format: signed },
          { name: `${name}_seeds`, title: "seeds" },
          { name: `${name}_verdict`, title: "verdict", narrow: true }
        ].map((column) => ({ ...column, group: title }))
      )
    ],
    rows
  }
}

/** How hard each data set is: what guessing, a linear model and the best network of the family reach. */
export function hardnessTable(networks: ReadonlyArray<Trial>, linear: ReadonlyArray<Trial>): Table {
  const datasets = distinct(networks.map(({ dataset }) => dataset))
  const rows = datasets.map((dataset): ReadonlyArray<Cell> => {
    const most = Math.max(...networks.filter((t) => t.dataset === dataset).map(({ examples }) => examples))
    const own = networks.filter((t) => t.dataset === dataset && t.examples === most)
    const [{ network, guessing }] = own
    const line = bestOf(linear.filter((t) => t.dataset === dataset))
    const best = bestOf(own)
    return [
      dataset,
      `${network.height}×${network.width}×${network.channels}`,
      network.classes,
      most,
      guessing?.validation ?? null,
      line?.accuracy ?? null,
      line?.loss ?? null,
      line?.seeds ?? 0,
      best?.accuracy ?? null,
      best?.loss ?? null,
      best?.seeds ?? 0,
      best === undefined ? null : networkName(best.trial),
      own.filter(isFinished).length,
      own.length
    ]
  })
  return {
    name: "hardness",
    title: "How hard the data sets are: what a linear model and the family's best network reach",
    note: "A description of these sets, without a test: they differ in much besides. Means over the seeds, of the validation images. Linear: two linear maps with nothing between them and the dense layer, trained like the others. The best is that of the networks that have finished, by the same validation images, so its accuracy is a little too high.",
    columns: [
      { name: "dataset", title: "Data set" },
      { name: "image", title: "Image" },
      { name: "classes", title: "Classes" },
      { name: "images", title: "K", format: integer },
      { name: "guessing_accuracy", title: "Guessing %", format: percent },
      { name: "linear_accuracy", title: "%", group: "Linear", format: percent },
      { name: "linear_loss", title: "loss", group: "Linear", format: significant },
      { name: "linear_seeds", title: "seeds", group: "Linear" },
      { name: "best_accuracy", title: "%", group: "Best", format: percent },
      { name: "best_loss", title: "loss", group: "Best", format: significant },
      { name: "best_seeds", title: "seeds", group: "Best" },
      { name: "best_network", title: "network", group: "Best", narrow: true },
      { name: "finished", title: "finished", group: "Trials" },
      { name: "trials", title: "of", group: "Trials" }
    ],
    rows
  }
}

/** The looks, and the levels that a claim is tested at in each, alone and with all others of its family open. */
export function looksTable(looks: ReadonlyArray<number>, family: number): Table {
  const levels = ([2, 1] as const).flatMap((sides) => [1, family].map((m) => levelsOf(looks, ALPHA / m, sides)))
  const column = (name: string, title: string, group: string) => ({ name, title, group, format: probability })
  return {
    name: "looks",
    title: "The looks that were declared, and the level of each",
    note: `α ${ALPHA} is spent over the looks (Lan & DeMets 1983, the spending function after Pocock) and over the claims of a family (Holm): alone, where all others are decided; first, where none is. Differences and equivalences have an α each.`,
    columns: [
      { name: "seeds", title: "Seeds" },
      column("difference_alone", "alone", "Difference, two-sided"),
      column("difference_first", "first", "Difference, two-sided"),
      column("equivalence_alone", "alone", "Equivalence"),
      column("equivalence_first", "first", "Equivalence")
    ],
    rows: looks.map((seeds, k) => [seeds, ...levels.map((own) => own[k])])
  }
}

/** What there is of each series, and what the next look of its open claims would cost. */
export function coverageTable(findings: ReadonlyArray<Finding<Priced>>): Table {
  return {
    name: "coverage",
    title: "What has run, and what the next look of what is open costs",
    columns: [
      { name: "series", title: "Series" },
      { name: "dataset", title: "Data set" },
      { name: "finished", title: "Finished" },
      { name: "seeds", title: "Seeds complete" },
      { name: "next", title: "Next look, seeds" },
      { name: "missing", title: "Trials missing for it" },
      { name: "minutes", title: "Minutes of one core", format: significant }
    ],
    rows: findings.map((finding) => {
      const missing = missingOf(finding)
      return [
        finding.series.title,
        finding.dataset,
        finding.trials.filter(isFinished).length,
        finding.seeds,
        nextOf(finding) ?? null,
        missing.length,
        missing.reduce((sum, { seconds }) => sum + seconds, 0) / 60
      ]
    })
  }
}

/** The difference by the share of wrong labels. */
export function trendTable(trends: ReadonlyArray<Trend>): Table {
  return {
    name: "noise",
    title: "The difference of ln validation loss by the share of wrong training labels, parallel − sequential",
    note: "Means over the seeds of which all pairs are there; validation labels are right. Change: from the least to the greatest share along the line through a seed's differences, at the look that decided or the last one; rises: Page's test that the differences go up with the share, one-sided, not corrected.",
    columns: [
      { name: "dataset", title: "Data set" },
      ...(trends[0]?.shares ?? []).map((share) => ({
        name: `difference_${share}`,
        title: `${percent(share)} % wrong`,
        format: signed
      })),
      { name: "seeds", title: "Seeds there" },
      { name: "change", title: "mean", group: "Change", format: signed },
      { name: "low", title: "from", group: "Change", format: signed },
      { name: "high", title: "to", group: "Change", format: signed },
      { name: "looked_at", title: "seeds", group: "Change" },
      { name: "verdict", title: "", group: "Change", narrow: true },
      { name: "rises_p", title: "Rises, p", format: probability }
    ],
    rows: trends.map(({ dataset, means, seeds, looked, rises }) => [
      dataset,
      ...means.map((value) => (Number.isNaN(value) ? null : value)),
      seeds,
      looked.estimate?.centre ?? null,
      looked.interval?.low ?? null,
      looked.interval?.high ?? null,
      looked.seeds ?? null,
      changeWords(looked),
      rises ?? null
    ])
  }
}
