/** Trainings by several methods, cell by cell: a cell is a data set, its number of examples, an activation, a task. */
import { overdetermination } from "../../network/network.ts"
import { evidenceOf } from "../../statistics/evidence.ts"
import { estimate, fewestSeeds, type Interval, mean, tInterval } from "../../statistics/statistics.ts"
import { type Judgement, judge } from "../../statistics/verdict.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { significant } from "../page/format.ts"
import { type Measure, trainingLoss } from "./measures.ts"
import { type Finished, finalLoss, isFinished, lnLoss, type Outcome } from "./outcome.ts"

export interface Cell {
  readonly name: string
  /** What it is called in sentences. */
  readonly title: string
  readonly dataset: string
  readonly examples: number
  readonly ratio: number // Q
  readonly activation: string
  readonly task: Readonly<Record<string, string>>
  readonly depths: ReadonlyArray<number> // the deepest first
  readonly series: ReadonlyArray<Series>
}

/** One method in one cell. */
export interface Series {
  readonly method: string
  readonly outcomes: ReadonlyArray<Outcome>
  /** The deepest and the shallowest network of each seed that has both. */
  readonly pairs: ReadonlyArray<Pair>
}

export interface Pair {
  readonly seed: number
  readonly deep: Finished
  readonly shallow: Finished
}

export function cellsOf(outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Cell> {
  const key = ({ dataset, examples, network, task }: Outcome) =>
    [dataset, examples, network.activation, ...Object.values(task)].join(", ")
  return [...groupBy(outcomes, key)].map(([title, own]): Cell => {
    const [{ dataset, examples, network, task }] = own
    const depths = [...distinct(own.map((one) => one.network.depth))].sort(ascending).reverse()
    const series = distinct(own.map(({ method }) => method)).map((method): Series => {
      const mine = own.filter((one) => one.method === method)
      return { method, outcomes: mine, pairs: pairsOf(mine, depths[0], depths[depths.length - 1]) }
    })
    return {
      name: title
        .toLowerCase()
        .replace(/λ/g, "scale")
        .replace(/[^a-z0-9.]+/g, "-"),
      title: title.replace(/^([^,]*), (\d+)/, "$1, $2 images"),
      ...{ dataset, examples, ratio: overdetermination(network, examples), activation: network.activation, task },
      ...{ depths, series }
    }
  })
}

function pairsOf(outcomes: ReadonlyArray<Outcome>, deepest: number, shallowest: number): ReadonlyArray<Pair> {
  if (deepest === shallowest) return []
  return [...groupBy(outcomes.filter(isFinished), ({ seed }) => String(seed)).values()].flatMap((own) => {
    const [deep, shallow] = [deepest, shallowest].map((depth) => own.find(({ network }) => network.depth === depth))
    return deep === undefined || shallow === undefined ? [] : [{ seed: deep.seed, deep, shallow }]
  })
}

/** A mean of differences between deep and shallow, in one cell alone. */
export interface Difference {
  readonly mean: number
  readonly seeds: number
  /** At 95 %, Student's; undefined below six seeds. */
  readonly interval: Interval | undefined
}

export function differenceIn({ pairs }: Series, { difference }: Measure): Difference | undefined {
  const values = pairs.flatMap(({ deep, shallow }) => difference(deep, shallow) ?? [])
  if (values.length === 0) return undefined
  const interval = values.length < fewestSeeds ? undefined : tInterval(estimate(values), 0.95)
  return { mean: mean(values), seeds: values.length, interval }
}

/** Cells of which one question is asked: each seed's differences are averaged over them. */
export interface Group {
  readonly name: string
  /** "228 images of digits14 (Q 0.50)" */
  readonly title: string
  readonly cells: ReadonlyArray<Cell>
  readonly methods: ReadonlyArray<string>
}

/** Those of one data set and number of images, and of one value of a column of the task where that is named. */
export function groupsOf(cells: ReadonlyArray<Cell>, column?: string): ReadonlyArray<Group> {
  const part = ({ task }: Cell) => (column === undefined ? undefined : task[column])
  const key = (cell: Cell) => [cell.dataset, cell.examples, part(cell) ?? []].flat().join("-")
  return [...groupBy(cells, key)].map(([name, own]): Group => {
    const [{ dataset, examples, ratio }] = own
    const which = part(own[0])
    return {
      name,
      title: `${examples} images of ${dataset}, Q ${significant(ratio, 2)}${which === undefined ? "" : `; ${column?.toLowerCase()}: ${which}`}`,
      cells: own,
      methods: distinct(own.flatMap(({ series }) => series.map(({ method }) => method)))
    }
  })
}

/** What the cells of a group say together of one method. */
export interface Pooled extends Judgement {
  readonly method: string
  readonly mean: number
  /** Pairs of trainings that it is made of. */
  readonly pairs: number
}

/** One value a cell and seed, of a comparison that was declared for so many. */
export interface Compared {
  readonly method: string
  readonly values: ReadonlyArray<{ readonly configuration: string; readonly seed: number; readonly value: number }>
  readonly configurations: number
  readonly declared: number
}

/** One family: the methods in a group. */
export function judged(family: ReadonlyArray<Compared>, margin: number): ReadonlyArray<Pooled> {
  const there = family.filter(({ values }) => values.length > 0)
  const evidence = there.map(({ values, configurations, declared }) =>
    evidenceOf(values, { configurations, pairs: declared })
  )
  return judge(evidence, margin).map((judgement, i) => ({
    ...judgement,
    method: there[i].method,
    mean: evidence[i].mean.centre,
    pairs: there[i].values.length
  }))
}

const seriesIn = ({ cells }: Group, method: string) =>
  cells.flatMap((cell) => {
    const series = cell.series.find((one) => one.method === method)
    return series === undefined ? [] : [{ cell, series }]
  })

const seedsIn = (outcomes: ReadonlyArray<Outcome>): number => distinct(outcomes.map(({ seed }) => seed)).length

/** Deep less shallow, of each method of a group. */
export function pooled(group: Group, measure: Measure): ReadonlyArray<Pooled> {
  const family = group.methods.map((method): Compared => {
    const own = seriesIn(group, method)
    return {
      method,
      values: own.flatMap(({ cell, series }) =>
        series.pairs.flatMap(({ seed, deep, shallow }) => {
          const value = measure.difference(deep, shallow)
          return value === undefined ? [] : [{ configuration: cell.name, seed, value }]
        })
      ),
      configurations: own.length,
      declared: own.reduce((sum, { series }) => sum + seedsIn(series.outcomes), 0)
    }
  })
  return judged(family, measure.margin)
}

/** How far apart deep and shallow are under each method, less how far they are under the usual one: |Δ| − |Δ usual|. */
export function closeness(group: Group, usual: string, measure: Measure): ReadonlyArray<Pooled> {
  const family = group.methods
    .filter((method) => method !== usual)
    .map((method): Compared => {
      const own = seriesIn(group, method)
      return {
        method,
        values: own.flatMap(({ cell, series }) =>
          series.pairs.flatMap(({ seed, deep, shallow }) => {
            const common = cell.series.find((one) => one.method === usual)?.pairs.find((pair) => pair.seed === seed)
            const [one, other] = [
              measure.difference(deep, shallow),
              common && measure.difference(common.deep, common.shallow)
            ]
            if (one === undefined || other === undefined) return []
            return [{ configuration: cell.name, seed, value: Math.abs(one) - Math.abs(other) }]
          })
        ),
        configurations: own.length,
        declared: own.reduce((sum, { series }) => sum + seedsIn(series.outcomes), 0)
      }
    })
  return judged(family, measure.margin)
}

/** ln of a method's training loss less the usual one's, of networks of each depth from the same initial values. */
export function against(
  group: Group,
  usual: string,
  value = (one: Finished, other: Finished): number | undefined => lnLoss(finalLoss(one)) - lnLoss(finalLoss(other))
): ReadonlyArray<Pooled> {
  const family = group.methods
    .filter((method) => method !== usual)
    .map((method): Compared => {
      const own = seriesIn(group, method)
      return {
        method,
        values: own.flatMap(({ cell, series }) =>
          series.outcomes.filter(isFinished).flatMap((one) => {
            const { seed, network } = one
            const other = cell.series
              .find((each) => each.method === usual)
              ?.outcomes.filter(isFinished)
              .find((each) => each.seed === seed && each.network.depth === network.depth)
            const difference = other && value(one, other)
            if (difference === undefined) return []
            return [{ configuration: `${cell.name}, depth ${network.depth}`, seed, value: difference }]
          })
        ),
        configurations: own.reduce((sum, { cell }) => sum + cell.depths.length, 0),
        declared: own.reduce((sum, { series }) => sum + series.outcomes.length, 0)
      }
    })
  return judged(family, trainingLoss.margin)
}

/** The mean over finished trainings; undefined where none has finished. */
export function average(outcomes: ReadonlyArray<Outcome>, of: (one: Finished) => number): number | undefined {
  const finished = outcomes.filter(isFinished)
  return finished.length === 0 ? undefined : mean(finished.map(of))
}
