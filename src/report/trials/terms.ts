/**
 * Taylor terms of the trained networks (SCIENCE "A"): how much of what the blocks add the first orders hold. Only
 * networks of more than one block have an expansion to speak of.
 */

import type { Terms } from "../../results/terms.ts"
import { mean } from "../../statistics/statistics.ts"
import { ascending, bySeries, distinct, groupBy, type Series, seriesOf } from "../evidence/grid.ts"
import type { Trial } from "../evidence/trial.ts"
import { colours, type Figure, type Panel } from "../page/figures.ts"
import { percent, significant } from "../page/format.ts"
import { type Table, varying } from "../page/tables.ts"

/** Means over the seeds for one network configuration at one time. */
export interface TermsRow {
  readonly dataset: string
  readonly series: Series
  readonly layers: number
  readonly filters: number
  readonly kernel: number
  readonly activation: string
  readonly blocks: number
  readonly at: Terms["at"]
  readonly seeds: number
  readonly orders: ReadonlyArray<OrderRow>
  readonly whole: { readonly loss: number; readonly accuracy: number }
}

/** Means over the seeds; null where H = x in all of them. `share` of the remainder is 1 − the shares from order 1. */
export interface OrderRow {
  readonly order: number
  readonly norm: number | null
  readonly share: number | null
  readonly remainder: number | null
  readonly loss: number
  readonly accuracy: number
}

const meanOf = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : mean(known)
}

export function termsRows(trials: ReadonlyArray<Trial>): ReadonlyArray<TermsRow> {
  const expanded = trials.flatMap((trial) =>
    trial.network.depth > 1 ? (trial.terms ?? []).map((terms) => ({ trial, terms })) : []
  )
  const key = ({ trial: { dataset, network: n }, terms }: (typeof expanded)[number]) =>
    [dataset, seriesOf(n)[0], n.layers, n.filters, n.kernel, n.activation, terms.at].join("/")
  return [...groupBy(expanded, key).values()]
    .map((group): TermsRow => {
      const { dataset, network } = group[0].trial
      const { blocks, at, terms } = group[0].terms
      return {
        dataset,
        series: seriesOf(network)[0],
        layers: network.layers,
        filters: network.filters,
        kernel: network.kernel,
        activation: network.activation,
        blocks,
        at,
        seeds: group.length,
        orders: terms.map(({ order }, k) => ({
          order,
          norm: meanOf(group.map((g) => g.terms.terms[k].norm)),
          share: order === 0 ? null : meanOf(group.map((g) => g.terms.terms[k].share)),
          remainder: meanOf(group.map((g) => g.terms.terms[k].remainder)),
          loss: mean(group.map((g) => g.terms.terms[k].loss)),
          accuracy: mean(group.map((g) => g.terms.terms[k].accuracy))
        })),
        whole: { loss: mean(group.map((g) => g.terms.loss)), accuracy: mean(group.map((g) => g.terms.accuracy)) }
      }
    })
    .sort(
      (a, b) =>
        bySeries(a.series, b.series) ||
        a.layers - b.layers ||
        a.filters - b.filters ||
        a.kernel - b.kernel ||
        (a.at === b.at ? 0 : a.at === "initial" ? -1 : 1)
    )
}

/** What no order up to the last computed one accounts for: 1 − Σ shares, null where there is none. */
function restShare(row: TermsRow): number | null {
  const shares = row.orders.filter(({ order }) => order > 0).map(({ share }) => share)
  return shares.some((share) => share === null) ? null : 1 - shares.reduce<number>((sum, share) => sum + share!, 0)
}

const subscripts = "₀₁₂₃₄₅₆₇₈₉"
const term = (order: number): string => `T${[...String(order)].map((digit) => subscripts[Number(digit)]).join("")}`
const sumTo = (order: number): string => Array.from({ length: order + 1 }, (_, k) => term(k)).join(" + ")

/** One row a configuration, time and order, and one for the remainder. */
export function termsTable(configurations: ReadonlyArray<TermsRow>): Table {
  const rows = configurations.flatMap((row) => {
    const head = [row.dataset, row.series, row.layers, row.filters, row.kernel, row.activation, row.at, row.seeds]
    return [
      ...row.orders.map((o) => [...head, term(o.order), o.norm, o.share, o.remainder, o.loss, o.accuracy]),
      [...head, "remainder", null, restShare(row), 0, row.whole.loss, row.whole.accuracy]
    ]
  })
  const columns = [
    { name: "dataset", title: "Data set" },
    { name: "architecture", title: "Architecture" },
    { name: "layers", title: "Layers" },
    { name: "filters", title: "Filters" },
    { name: "kernel", title: "Kernel" },
    { name: "activation", title: "Activation" },
    { name: "at", title: "When" },
    { name: "seeds", title: "Seeds" },
    { name: "term", title: "Term" },
    { name: "size", title: "Size", format: significant },
    { name: "share", title: "Share %", format: percent },
    { name: "left_over", title: "Left over", format: significant },
    { name: "loss", title: "Loss", format: significant },
    { name: "accuracy", title: "Accuracy %", format: percent }
  ]
  return {
    name: "taylor-terms",
    title: "Taylor terms of the networks with more than one block",
    note:
      "Means over the seeds, on validation images. " +
      "Size is ‖T‖² / ‖H − x‖², share ⟨T, H − x⟩ / ‖H − x‖² (the shares from T₁ on sum to 100 %; one may be negative or above 100 %). " +
      "Left over is ‖H − sum so far‖ / ‖H − x‖. Loss and accuracy are those of the sum so far through the trained dense layer.",
    folded: configurations.length > 12,
    columns: varying(columns, rows, "architecture"),
    rows
  }
}

/** The rows of one picture: sequential networks with the fewest filters, of the first kernel size and activation. */
function series(rows: ReadonlyArray<TermsRow>, dataset: string): ReadonlyArray<TermsRow> {
  const own = rows.filter((row) => row.dataset === dataset && row.series === "sequential")
  const first = [...own].sort((a, b) => a.filters - b.filters || a.kernel - b.kernel)[0]
  return own.filter(
    (row) => row.filters === first.filters && row.kernel === first.kernel && row.activation === first.activation
  )
}

const parts = (row: TermsRow) => [
  ...row.orders.filter(({ order }) => order > 0).map(({ order, share }) => ({ part: term(order), share })),
  { part: "remainder", share: restShare(row) }
]

/** Signed share of each order, stacked, at initialization and after training. */
export function sharesFigure(rows: ReadonlyArray<TermsRow>, dataset: string): Figure | undefined {
  const own = series(rows, dataset)
  if (own.length === 0) return undefined
  const times = distinct(own.map((row) => row.at))
  const names = distinct(own.flatMap((row) => parts(row).map(({ part }) => part)))
  const range = names.map((name, i) =>
    name === "remainder" ? colours.grey : [colours.green, colours.amber, colours.purple][i]
  )
  const stacks = own.map((row) => parts(row).map(({ share }) => share ?? 0))
  const low = Math.min(0, ...stacks.map((s) => s.reduce((sum, share) => sum + Math.min(share, 0), 0)))
  const high = Math.max(1, ...stacks.map((s) => s.reduce((sum, share) => sum + Math.max(share, 0), 0)))
  const panels = times.map(
    (at): Panel => ({
      title: `Share of H − x, ${at === "initial" ? "before training" : "after training"}`,
      alt: `T₁ has ${own
        .filter((row) => row.at === at)
        .map((row) => `${percent(parts(row)[0].share ?? 0)} % with ${row.layers} layers`)
        .join(", ")}.`,
      spec: {
        data: {
          values: own
            .filter((row) => row.at === at)
            .flatMap((row) => parts(row).map((p, i) => ({ ...p, i, layers: row.layers })))
        },
        mark: { type: "bar", width: { band: 0.68 } },
        encoding: {
          x: { field: "layers", type: "ordinal", axis: { title: "Layers N of the sequential network", labelAngle: 0 } },
          y: {
            field: "share",
            type: "quantitative",
            stack: "zero",
            scale: { domain: [low, high], nice: true },
            axis: { title: null, format: "~%" }
          },
          order: { field: "i" },
          color: { field: "part", type: "nominal", scale: { domain: names, range }, legend: {} }
        }
      }
    })
  )
  return {
    name: `taylor-shares-${dataset}`,
    title: `Share of each Taylor term (${dataset})`,
    caption:
      `Sequential networks, ${own[0].filters === 1 ? "1 filter" : `${own[0].filters} filters`}, kernel ${own[0].kernel}, ${own[0].activation}; means over the seeds. ` +
      "Signed shares sum to 100 %: what reaches below zero is made up above 100 %. T₀ = x is what the layers are added to.",
    panels,
    columns: ["at", "layers", "part", "share"].map((name) => ({ name, title: name })),
    rows: own.flatMap((row) => parts(row).map(({ part, share }) => [row.at, row.layers, part, share]))
  }
}

/** What is left of the trained network when the expansion is cut after an order. */
export function truncationFigure(rows: ReadonlyArray<TermsRow>, dataset: string): Figure | undefined {
  const own = series(rows, dataset).filter((row) => row.at === "trained")
  if (own.length === 0) return undefined
  const cuts = own.flatMap((row) => [
    ...row.orders.map((o) => ({ layers: row.layers, cut: sumTo(o.order), accuracy: o.accuracy, left: o.remainder })),
    { layers: row.layers, cut: "whole network", accuracy: row.whole.accuracy, left: 0 }
  ])
  const names = distinct(cuts.map(({ cut }) => cut))
  const range = [colours.grey, colours.green, colours.amber, colours.purple].slice(0, names.length - 1)
  const layers = [...distinct(own.map((row) => row.layers))].sort(ascending)
  const panel = (title: string, field: "accuracy" | "left", format: string, values: typeof cuts): Panel => ({
    title,
    alt: `T₀ + T₁: ${values
      .filter(({ cut }) => cut === sumTo(1))
      .map((v) => `${significant(v[field] ?? 0)} with ${v.layers} layers`)
      .join(", ")}.`,
    spec: {
      data: { values },
      mark: { type: "line", strokeWidth: 2, point: { size: 40, filled: true } },
      encoding: {
        x: {
          field: "layers",
          type: "quantitative",
          scale: { type: "log", base: 2, nice: false, domain: [layers[0] * 0.92, layers[layers.length - 1] * 1.08] },
          axis: { title: "Layers N of the sequential network", values: layers, format: "d" }
        },
        y: {
          field,
          type: "quantitative",
          scale: { zero: field === "left", nice: true },
          axis: { title: null, format }
        },
        color: {
          field: "cut",
          type: "nominal",
          scale: {
            domain: names.slice(0, new Set(values.map(({ cut }) => cut)).size),
            range: [...range, colours.blue]
          },
          legend: {}
        }
      }
    }
  })
  return {
    name: `taylor-truncated-${dataset}`,
    title: `The trained network, its expansion cut short (${dataset})`,
    caption:
      "The sums through the trained dense layer, on validation images; means over the seeds. T₀ + T₁ is the parallel network run with the sequential network's trained weights. " +
      "Left over is ‖H − sum‖ / ‖H − x‖; above 1 the sum is further from H than x itself.",
    panels: [
      panel("Validation accuracy of the sum", "accuracy", ".0%", cuts),
      panel(
        "Left over after the sum",
        "left",
        "~r",
        cuts.filter(({ cut, left }) => cut !== "whole network" && left !== null)
      )
    ],
    columns: ["layers", "sum", "accuracy", "left_over"].map((name) => ({ name, title: name })),
    rows: cuts.map(({ layers: n, cut, accuracy, left }) => [n, cut, accuracy, left])
  }
}
