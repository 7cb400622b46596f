/** Trainings by several methods, cell by cell: a cell is a data set, its number of examples, an activation, a task. */
import { overdetermination } from "../../network/network.ts"
import { evidenceOf } from "../../statistics/evidence.ts"
import { estimate, fewestSeeds, type Interval, mean, tInterval } from "../../statistics/statistics.ts"
import { type Judgement, judge } from "../../statistics/verdict.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { integer, significant } from "../page/format.ts"
import { type Measure, trainingLoss } from "./measures.ts"
import { type Finished, finalLoss, isFinished, lnLoss, type Outcome } from "./outcome.ts"

export interface Cell {
  readonly name: string
  /** What it is called in sentences: its parts, with commas. */
  readonly title: string
  readonly parts: ReadonlyArray<string>
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
  readonly wayOf: string | undefined
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
  const partsOf = ({ dataset, examples, network, task }: Outcome) => [
    dataset,
    `${integer(examples)} images`,
    network.activation,
    ...Object.values(task)
  ]
  return [...groupBy(outcomes, (one) => partsOf(one).join(", "))].map(([title, own]): Cell => {
    const [{ dataset, examples, network, task }] = own
    const depths = [...distinct(own.map((one) => one.network.depth))].sort(ascending).reverse()
    const series = distinct(own.map(({ method }) => method)).map((method): Series => {
      const mine = own.filter((one) => one.method === method)
      return {
        method,
        wayOf: mine[0].wayOf,
        outcomes: mine,
        pairs: pairsOf(mine, depths[0], depths[depths.length - 1])
      }
    })
    return {
      name: partsOf(own[0])
        .join("-")
        .toLowerCase()
        .replace(/,|images/g, "")
        .replace(/λ/g, "scale")
        .replace(/[^a-z0-9.]+/g, "-"),
      ...{ title, parts: partsOf(own[0]) },
      ...{ dataset, examples, ratio: overdetermination(network, examples), activation: network.activation, task },
      ...{ depths, series }
    }
  })
}

/** What tells a cell from others: the parts of its title that not all of them have. */
export function titleAmong({ title, parts }: Cell, cells: ReadonlyArray<Cell>): string {
  const own = parts.filter((part, i) => cells.some((cell) => cell.parts[i] !== part))
  return own.length === 0 ? title : own.join(", ")
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
  /** Those that are no other way of one of them. */
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
      title: `${integer(examples)} images of ${dataset}, Q ${significant(ratio, 2)}${which === undefined ? "" : `; ${column?.toLowerCase()}: ${which}`}`,
      cells: own,
      methods: distinct(
        own.flatMap(({ series }) => series.filter(({ wayOf }) => wayOf === undefined).map(({ method }) => method))
      )
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

/** Networks of one seed and depth, under a method and under another, in all cells of a group that have both. */
function compared(
  group: Group,
  method: string,
  than: string,
  value: (one: Finished, other: Finished) => number | undefined
): Compared {
  const own = seriesIn(group, method)
  const values = own.flatMap(({ cell, series }) =>
    series.outcomes.filter(isFinished).flatMap((one) => {
      const other = cell.series
        .find((each) => each.method === than)
        ?.outcomes.filter(isFinished)
        .find((each) => each.seed === one.seed && each.network.depth === one.network.depth)
      const found = other && value(one, other)
      if (found === undefined) return []
      return [{ configuration: `${cell.name}, depth ${one.network.depth}`, seed: one.seed, value: found }]
    })
  )
  const depths = own.map(({ series }) => distinct(series.outcomes.map(({ network }) => network.depth)).length)
  return {
    method,
    values,
    configurations: depths.reduce((sum, one) => sum + one, 0),
    declared: own.reduce((sum, { series }) => sum + series.outcomes.length, 0)
  }
}

const lnRatio = (one: Finished, other: Finished): number => lnLoss(finalLoss(one)) - lnLoss(finalLoss(other))

/** ln of a method's training loss less the usual one's, of networks of each depth from the same initial values. */
export function against(
  group: Group,
  usual: string,
  value: (one: Finished, other: Finished) => number | undefined = lnRatio
): ReadonlyArray<Pooled> {
  const others = group.methods.filter((method) => method !== usual)
  return judged(
    others.map((method) => compared(group, method, usual, value)),
    trainingLoss.margin
  )
}

/** The same of other ways of methods against these: a family of its own. */
export function ways(group: Group): ReadonlyArray<Pooled & { readonly wayOf: string }> {
  const wayOf = new Map(
    group.cells.flatMap(({ series }) =>
      series.flatMap(({ method, wayOf }) => (wayOf === undefined ? [] : [[method, wayOf]]))
    )
  )
  const family = [...wayOf].map(([method, than]) => compared(group, method, than, lnRatio))
  return judged(family, trainingLoss.margin).map((one) => ({ ...one, wayOf: wayOf.get(one.method) ?? "" }))
}

/** The mean over finished trainings; undefined where none has finished. */
export function average(outcomes: ReadonlyArray<Outcome>, of: (one: Finished) => number): number | undefined {
  const finished = outcomes.filter(isFinished)
  return finished.length === 0 ? undefined : mean(finished.map(of))
}
