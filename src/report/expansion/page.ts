/** The report on the expansion itself: a pure function from analysed networks to files. */

import { distinct, groupBy } from "../evidence/groups.ts"
import { scopeCells, scopeColumns, slugOf } from "../evidence/scope.ts"
import type { Trial } from "../evidence/trial.ts"
import { type Assumption, assumptionsTable, tableBlock } from "../evidence/trial-tables.ts"
import { arranged } from "../page/claims.ts"
import type { Figure } from "../page/figures.ts"
import { count, list } from "../page/format.ts"
import { figures, type Page, renderPage, type Section, text } from "../page/page.ts"
import { expansionClaims } from "./claims.ts"
import {
  type Along,
  accuracyFigure,
  jacobiansFigure,
  masksFigure,
  sharesFigure,
  spectrumFigure,
  strengthFigure,
  trainingFigure
} from "./figures.ts"
import {
  type Configuration,
  configurationsOf,
  type Expanded,
  expandedTrials,
  filterSeries,
  isLinearized,
  last,
  layerSeries,
  type Series,
  unequalSeeds
} from "./rows.ts"
import { continuedTable, missingTable, networksTable, ordersTable, overviewTable } from "./tables.ts"
export interface ExpansionReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly networks: ReadonlyArray<Expanded>
  /** The same networks and the parallel ones beside them as trials, to compare. */
  readonly trials: ReadonlyArray<Trial>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function expansionReport(input: ExpansionReport): Promise<Readonly<Record<string, Uint8Array>>> {
  return renderPage(pageOf(input))
}

function pageOf({ title, question, assumptions, networks, trials }: ExpansionReport): Page {
  const configurations = configurationsOf(networks)
  if (configurations.length === 0) {
    const nothing = "No network of this study has been analysed yet, or all trainings diverged: nothing to show."
    return { title, lead: question, sections: [{ id: "answers", title: "In short", blocks: [text(nothing)] }] }
  }
  const [layers, filters] = [layerAxes(configurations), filterAxes(configurations)]
  const each = (all: ReadonlyArray<Along>, make: (along: Along) => Figure | undefined) =>
    figures(all.map((along) => dataOf(make(along), along.networks[0])))
  const continued = continuedTable(configurations)
  const missing = missingTable(networks)
  const sections: ReadonlyArray<Section> = [
    {
      id: "answers",
      title: "In short",
      blocks: [{ kind: "claims", claims: arranged(expansionClaims(trials, configurations)) }, text(rule)]
    },
    {
      id: "overview",
      title: "What was analysed",
      blocks: [
        text(coverage(networks, configurations)),
        text(explained(configurations)),
        { kind: "table", table: overviewTable(configurations) },
        ...(missing === undefined ? [] : [{ kind: "table", table: missing } as const])
      ]
    },
    {
      id: "spectrum",
      title: "Which order carries how much",
      blocks: [...each([...layers, ...filters], sharesFigure), ...each([...layers, ...filters], spectrumFigure)]
    },
    { id: "training", title: "As the training goes on", blocks: each([...layers, ...filters], trainingFigure) },
    { id: "accuracy", title: "What the truncation is worth", blocks: each([...layers, ...filters], accuracyFigure) },
    {
      id: "reasons",
      title: "Why: strength of the layers, masks",
      blocks: [
        ...figures(
          [...groupBy(configurations, (c) => c.dataset).values()].map((own) => dataOf(strengthFigure(own), own[0]))
        ),
        ...each(layers, jacobiansFigure),
        ...each(layers, masksFigure)
      ]
    },
    {
      id: "continued",
      title: "Weights in the other architecture",
      blocks: continued === undefined ? [] : [{ kind: "table", table: continued }]
    },
    { id: "assumptions", title: "How it was computed", blocks: [tableBlock(assumptionsTable(assumptions))] },
    {
      id: "orders",
      title: "All numbers",
      blocks: [
        { kind: "table", table: ordersTable(configurations) },
        text("Which code, parameters, data, seed, engine and machine made a node's outputs:"),
        { kind: "code", text: `npx pipeline show ${Object.values(networks[0].nodes)[0] ?? "NODE"}` },
        { kind: "table", table: networksTable(networks) }
      ]
    }
  ]
  return { title, lead: question, sections: sections.filter(({ blocks }) => blocks.length > 0) }
}

/** Sections on the expansions of a study's trials, of which the exact terms alone are known; none where there are none. */
export function expansionSections(trials: ReadonlyArray<Trial>): ReadonlyArray<Section> {
  const configurations = configurationsOf(expandedTrials(trials))
  if (configurations.length === 0) return []
  const along = [...layerAxes(configurations), ...filterAxes(configurations)]
  const makes = [sharesFigure, trainingFigure, accuracyFigure]
  return [
    {
      id: "terms",
      title: "Taylor terms",
      blocks: [
        text(explained(configurations)),
        ...figures(makes.flatMap((make) => along.map((one) => dataOf(make(one), one.networks[0])))),
        { kind: "table", table: ordersTable(configurations) }
      ]
    }
  ]
}

/** A figure whose data say what of, as those of all figures do. */
const dataOf = (figure: Figure | undefined, { scope, network }: Configuration): Figure | undefined =>
  figure && {
    ...figure,
    columns: [...scopeColumns([scope]), { name: "kernel", title: "kernel" }, ...figure.columns],
    rows: figure.rows.map((row) => [...scopeCells(scope), network.kernel, ...row])
  }

const fixedIn = ({ over }: Series, ...what: ReadonlyArray<string>) =>
  [...what, ...(over === "" ? [] : [over])].join(", ")

/** The series over layers, for each data set and activation: the networks with the fewest filters. */
const layerAxes = (configurations: ReadonlyArray<Configuration>): ReadonlyArray<Along> =>
  distinct(configurations.map((c) => c.dataset)).flatMap((dataset) =>
    distinct(configurations.filter((c) => c.dataset === dataset).map((c) => c.network.activation)).flatMap(
      (activation): ReadonlyArray<Along> => {
        const series = layerSeries(configurations, dataset, activation)
        const { networks } = series
        if (networks.length === 0) return []
        const fixed = fixedIn(series, dataset, activation, count(networks[0].network.filters, "filter"))
        return [{ axis: "layers", networks, fixed, suffix: slugOf(`${dataset}-${activation}`) }]
      }
    )
  )

/** The series over filters, where there are several of one number of layers. */
const filterAxes = (configurations: ReadonlyArray<Configuration>): ReadonlyArray<Along> =>
  distinct(configurations.map((c) => c.dataset)).flatMap((dataset): ReadonlyArray<Along> => {
    const series = filterSeries(configurations, dataset)
    const { networks } = series
    if (networks.length < 2) return []
    const [{ network }] = networks
    const fixed = fixedIn(series, dataset, network.activation, count(network.layers, "layer"))
    return [{ axis: "filters", networks, fixed, suffix: slugOf(`filters-${dataset}`) }]
  })

const rule =
  "yes or no: in most configurations, or in all; open: half of them, or the parts disagree. These are counts over configurations and means over seeds, not tests; whether deep and shallow networks are about equal alone is one, as in every report."

const explained = (configurations: ReadonlyArray<Configuration>): string =>
  "With x the stem's output and H what the layers make of it, H = T₀ + T₁ + T₂ + … exactly, by Möbius inversion over subsets of layers: T₀ = x, T₁ what each layer adds to x alone, Tₖ what subsets of k layers add beyond their parts. T₀ + T₁ is the parallel network run with the sequential network's weights; the paper's argument is that the rest is small." +
  (isLinearized(configurations)
    ? " Beside it stands the spectrum eₖ of the network linearized where it is passed, Σ eₖ = H too, whose first two terms are no parallel network: Tₖ − eₖ is what flipped masks and curvature change."
    : "")

function coverage(networks: ReadonlyArray<Expanded>, configurations: ReadonlyArray<Configuration>): string {
  const analysed = configurations.reduce((sum, { seeds }) => sum + seeds.length, 0)
  const missing = networks.length - analysed
  const { examples } = last(configurations[0].seeds[0])
  const epochs = distinct(configurations.flatMap(({ seeds }) => seeds.flatMap((n) => n.moments.map((m) => m.epoch))))
  const when = list([...epochs].sort((a, b) => a - b).map(String))
  const left =
    missing === 0
      ? ""
      : ` Left out of all means: ${count(missing, "network")} of the series, diverged or not trained or analysed yet.`
  const unequal = unequalSeeds(configurations)
  const seeds =
    unequal === ""
      ? ""
      : ` Configurations are ${unequal}; along an axis those are compared that all networks on it have, and elsewhere each configuration counts once.`
  const unchanged = configurations.reduce((sum, c) => sum + c.seeds.reduce((s, n) => s + last(n).unchanged, 0), 0)
  const same =
    unchanged === 0
      ? ""
      : ` In ${count(unchanged, "case")} an image passes all layers unchanged (H = x), and has no ratio of its own.`
  return `${count(analysed, "sequential network")} of ${count(configurations.length, "configuration")}, on ${count(examples, "validation image")} each, at epochs ${when}.${left}${seeds}${same}`
}
