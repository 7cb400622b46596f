/** How many images networks of equal parameters fit to 100 %, with their own labels and with labels drawn at random. */
import { exp, log } from "../../network/math.ts"
import { type Network, overdetermination } from "../../network/network.ts"
import type { Capacity } from "../../results/capacity.ts"
import { judgeInLooks } from "../../statistics/sequential.ts"
import { fewestSeeds, mean } from "../../statistics/statistics.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { type Figure, hover, hoverable } from "../page/figures.ts"
import { count, integer, list, significant } from "../page/format.ts"
import { orderedColours, valueScale } from "../page/scales.ts"
import type { Cell, Table } from "../page/tables.ts"

/** One search, and what it has found; undefined where it failed or has not run. */
export interface CapacityFound {
  readonly network: Network
  readonly seed: number
  readonly labels: "true" | "random"
  /** Of each of its trainings, at most. */
  readonly epochs: number
  /** The node that made it. */
  readonly node: string | undefined
  readonly found: Capacity | undefined
}

type Found = CapacityFound & { readonly found: Capacity }
const isFound = (one: CapacityFound): one is Found => one.found !== undefined

const LABELS = { true: "their own labels", random: "labels drawn at random" } as const

/** It ended where there are no more images, or where not even the fewest were fitted: the number is a bound. */
const isCensored = ({ found }: Found): boolean => found.missed === null || found.fitted === 0

/** Within this factor as many count as equal. */
const MARGIN = 1.1

const factor = (difference: number): string => `×${significant(exp(difference))}`

/** One claim for each kind of labels: both architectures fit as many. */
export function capacityClaims(all: ReadonlyArray<CapacityFound>): ReadonlyArray<Claim> {
  const kinds = (["random", "true"] as const).filter((labels) => all.some((one) => one.labels === labels))
  const pairs = kinds.map((labels) => pairsOf(all.filter((one) => one.labels === labels)))
  const seeds = Math.max(2, ...pairs.map((own) => own.length))
  const judged = judgeInLooks(
    pairs.map((own) => (own.some(isBound) ? [] : own.map(differenceOf))),
    log(MARGIN),
    [seeds]
  )
  return kinds.map((labels, i): Claim => {
    const question = `At equal P, do parallel and sequential networks fit as many images, with ${LABELS[labels]}, within a factor of ${MARGIN}?`
    const figure = "capacity"
    const own = all.filter((one) => one.labels === labels)
    const missing = own.filter((one) => !isFound(one)).length
    const numbers = [
      ...(own.some(isFound) ? [meansText(own.filter(isFound))] : []),
      ...(missing === 0 ? [] : [`${count(missing, "search", "searches")} of ${own.length} failed or have not run`])
    ].join("; ")
    const bounds = pairs[i].filter(isBound).length
    if (bounds > 0)
      return openClaim(
        question,
        `in ${bounds} of ${count(pairs[i].length, "pair")} all images that there are were fitted, or not even the fewest`,
        numbers,
        figure
      )
    const { verdict, interval, estimate } = judged[i]
    if (pairs[i].length < fewestSeeds || interval === undefined || estimate === undefined)
      return openClaim(
        question,
        `a test needs ${fewestSeeds} seeds, and ${pairs[i].length === 1 ? "1 pair is" : `${pairs[i].length} pairs are`} there`,
        numbers,
        figure
      )
    const range = `parallel / sequential ${factor(estimate.centre)}, 95 % interval ${factor(interval.low)} … ${factor(interval.high)}, ${count(pairs[i].length, "seed")}; ${numbers}`
    if (verdict.kind === "open")
      return openClaim(question, "the interval holds both as many and more than the margin", range, figure)
    if (verdict.kind === "equal") return { question, holds: true, sentence: `They do: ${range}.`, figure }
    const more = `${verdict.sign > 0 ? "parallel" : "sequential"} networks fit more`
    if (verdict.kind === "different, within the margin")
      return { question, holds: true, sentence: `They do, within the margin, though ${more}: ${range}.`, figure }
    if (verdict.kind === "different")
      return { question, holds: false, sentence: `They do not: ${more}; ${range}.`, figure }
    return {
      question,
      holds: undefined,
      partly: true,
      sentence: `${more.slice(0, 1).toUpperCase()}${more.slice(1)}; by more than the margin or not is open: ${range}.`,
      figure
    }
  })
}

interface Pair {
  readonly parallel: Found
  readonly sequential: Found
}
const isBound = ({ parallel, sequential }: Pair) => isCensored(parallel) || isCensored(sequential)
const differenceOf = ({ parallel, sequential }: Pair) => log(parallel.found.fitted) - log(sequential.found.fitted)

function pairsOf(own: ReadonlyArray<CapacityFound>): ReadonlyArray<Pair> {
  const done = own.filter(isFound)
  return done.flatMap((parallel) => {
    const { layers, depth } = parallel.network
    const sequential = done.find(({ network, seed }) => seed === parallel.seed && network.depth === layers)
    return depth !== 1 || layers === 1 || sequential === undefined ? [] : [{ parallel, sequential }]
  })
}

/** Of networks of which each has a number: the mean of its logarithm, as a number. */
const middle = (own: ReadonlyArray<Found>): number => exp(mean(own.map(({ found }) => log(Math.max(1, found.fitted)))))

/** "depth 16: 230 (Q 1.4), depth 1: 250 (Q 1.5)" */
function meansText(own: ReadonlyArray<Found>): string {
  const texts = [...groupBy(own, ({ network }) => String(network.depth)).values()].map((group) => {
    const [{ network }] = group
    const bound = group.some(isCensored) ? "a bound of " : ""
    return `depth ${network.depth}: ${bound}${integer(middle(group))} (Q ${significant(overdetermination(network, middle(group)))})`
  })
  return `images fitted, geometric means: ${list(texts)}`
}

/** Every search, by labels, depth and seed. */
export function capacityTable(all: ReadonlyArray<CapacityFound>): Table {
  const [first] = all
  return {
    name: "capacity",
    title: "Largest number of images of which all are right",
    note: `Found by bisection: numbers double until one is missed at every learning rate, then the gap is halved; a rate that has missed a number is not tried at larger ones. A training has ${count(first?.epochs ?? 0, "epoch")} at most and ends as soon as all its images are right. Fitted is the largest number that was, missed the least above it that was not; without one, all images that there are were fitted.`,
    folded: all.length > 24,
    columns: [
      { name: "labels", title: "Labels" },
      { name: "depth", title: "Depth" },
      { name: "seed", title: "Seed" },
      { name: "fitted", title: "fitted", group: "Images", format: integer },
      { name: "missed", title: "missed", group: "Images", format: integer },
      { name: "images", title: "there", group: "Images", format: integer },
      { name: "q", title: "Q fitted", format: significant },
      { name: "trainings", title: "all", group: "Trainings" },
      { name: "diverged", title: "diverged", group: "Trainings" },
      { name: "status", title: "Status" },
      { name: "node", title: "Node", csvOnly: true }
    ],
    rows: all.map((one): ReadonlyArray<Cell> => {
      const { labels, network, seed, found, node } = one
      if (!isFound(one) || found === undefined)
        return [labels, network.depth, seed, ...new Array<null>(6).fill(null), "failed or has not run", null]
      const { fitted, missed, images, tries } = found
      const status = fitted === 0 ? "below the fewest" : missed === null ? "all images fitted" : "found"
      return [
        ...[labels, network.depth, seed, fitted, missed, images, overdetermination(network, fitted)],
        ...[tries.length, tries.filter(({ correct }) => correct === null).length, status, node ?? null]
      ]
    })
  }
}

/** Images fitted over depth, a line for each kind of labels. */
export function capacityFigure(all: ReadonlyArray<CapacityFound>): Figure | undefined {
  const own = all.filter(isFound).filter(({ found }) => found.fitted > 0)
  const depths = [...distinct(own.map(({ network }) => network.depth))].sort(ascending)
  if (depths.length < 2) return undefined
  const kinds = (["random", "true"] as const).filter((labels) => own.some((one) => one.labels === labels))
  const seeds = own.map(({ network, labels, seed, found }) => ({
    ...{ x: network.depth, labels: LABELS[labels], seed, mean: found.fitted },
    hover: `depth ${network.depth}, ${LABELS[labels]}, seed ${seed}: ${found.missed === null ? "at least " : ""}${found.fitted}`
  }))
  const means = kinds.flatMap((labels) =>
    depths.flatMap((depth) => {
      const group = own.filter((one) => one.labels === labels && one.network.depth === depth)
      return group.length === 0 ? [] : [{ x: depth, labels: LABELS[labels], mean: middle(group), seeds: group.length }]
    })
  )
  const { scale, axis, suffix } = valueScale(
    seeds.map(({ mean }) => mean),
    "~r"
  )
  const encoding = {
    x: {
      ...{ field: "x", type: "quantitative" },
      scale: { type: "log", base: 2, nice: false, domain: [depths[0] * 0.92, depths[depths.length - 1] * 1.08] },
      axis: { title: "Depth d (1: parallel)", values: depths, format: "d" }
    },
    y: { field: "mean", type: "quantitative", scale, axis },
    color: {
      ...{ field: "labels", type: "nominal", legend: { symbolOpacity: 1 } },
      scale: { domain: kinds.map((labels) => LABELS[labels]), range: orderedColours(kinds.length) }
    }
  }
  const ends = means.map(({ x, labels, mean }) => `${labels}, depth ${x}: ${integer(mean)}`)
  return {
    name: "capacity",
    title: "Images of which all are right, by depth at equal parameters",
    caption:
      "Large points are geometric means over the seeds, small ones are seeds. Where all images that there are were fitted, the point is a lower bound.",
    panels: [
      {
        title: `Images fitted to 100 %${suffix}`,
        alt: `${list(ends)}.`,
        spec: {
          layer: [
            {
              data: { values: seeds },
              mark: { type: "point", filled: true, opacity: 0.35, size: 18, ...hoverable },
              encoding: { ...encoding, ...hover }
            },
            { data: { values: means }, mark: { type: "line", strokeWidth: 2 }, encoding },
            { data: { values: means }, mark: { type: "point", filled: true, opacity: 1, size: 45 }, encoding }
          ]
        }
      }
    ],
    columns: ["labels", "depth", "fitted", "seeds"].map((name) => ({ name, title: name })),
    rows: means.map(({ labels, x, mean, seeds }) => [labels, x, mean, seeds])
  }
}
