/**
 * Two sets of trials beside each other: what differs in parameters, what in metrics, and whether that is more than the
 * spread over seeds. Trials are paired where everything is equal but what differs throughout: the parameters that have
 * one value in all of the one set, and another in all of the other.
 */
import { crossedMean } from "../statistics/crossed.ts"
import { type Interval, mean } from "../statistics/statistics.ts"
import { type Judgement, judge, type Verdict } from "../statistics/verdict.ts"
import { compareValues } from "./pivot.ts"
import type { TrialTable, Value } from "./trials.ts"

export interface DifferingParameter {
  readonly name: string
  readonly values: readonly [Value, Value]
}

/** A metric in both, by pairs. Differences are the second less the first. */
export interface Difference {
  readonly metric: string
  readonly means: readonly [number, number]
  /** Mean of the differences, over configurations and seeds. */
  readonly difference: number
  /** Of the means by seed: the least and the most. */
  readonly least: number
  readonly most: number
  readonly pairs: number
  readonly seeds: number
  /** Of the difference at 95 %, where so many seeds allow one. */
  readonly interval: Interval | undefined
  readonly verdict: Verdict
}

export interface Comparison {
  readonly parameters: ReadonlyArray<DifferingParameter>
  /** Pairs; of these such as are one trial; trials of each side without a partner. */
  readonly pairs: number
  readonly same: number
  readonly alone: readonly [number, number]
  /** Metrics that differ in some pair, over all configurations. */
  readonly metrics: ReadonlyArray<Difference>
  /** One metric by configuration: its values on the parameters that tell these apart. */
  readonly configurations: ReadonlyArray<Difference & { readonly at: Readonly<Record<string, Value>> }>
}

type Row = ReadonlyMap<string, Value>

interface Pair {
  readonly configuration: string
  readonly over: string
  readonly rows: readonly [Row, Row]
}

const rowsOf = ({ columns, rows }: TrialTable): ReadonlyArray<Row> =>
  rows.map((row) => new Map(columns.map(({ name }, i) => [name, row[i]])))

const oneValue = (rows: ReadonlyArray<Row>, name: string): Value | undefined => {
  const values = new Set(rows.map((row) => row.get(name) ?? null))
  return values.size === 1 ? [...values][0] : undefined
}

/** Of one trial a side, everything has one value. */
const several = (left: ReadonlyArray<Row>, right: ReadonlyArray<Row>) => left.length > 1 && right.length > 1

/** `over`: the parameter that repeats a configuration, the seed. `metric`: the one that is told by configuration. */
export function compareTrials(
  first: TrialTable,
  second: TrialTable,
  { over, metric }: { readonly over: string; readonly metric: string }
): Comparison {
  const [left, right] = [rowsOf(first), rowsOf(second)]
  const namesOf = (kind: "parameter" | "metric") => [
    ...new Set([first, second].flatMap(({ columns }) => columns.filter((c) => c.kind === kind).map(({ name }) => name)))
  ]
  const tellingApart = [...namesOf("parameter"), "numericClass"]
  const differingThroughout = (name: string): ReadonlyArray<DifferingParameter> => {
    const values = [oneValue(left, name), oneValue(right, name)] as const
    const [a, b] = values
    return a === undefined || b === undefined || a === b ? [] : [{ name, values: [a, b] }]
  }
  // What is one number in all of each was not measured: the epochs that were run.
  const parameters = [...tellingApart, ...(several(left, right) ? namesOf("metric") : [])].flatMap(differingThroughout)
  const throughout = new Set(parameters.map(({ name }) => name))
  const shared = tellingApart.filter((name) => !throughout.has(name))
  const configuring = shared.filter((name) => name !== over)
  const idOf = (names: ReadonlyArray<string>, row: Row) => JSON.stringify(names.map((name) => row.get(name) ?? null))
  const partners = new Map(right.map((row) => [idOf(shared, row), row]))
  const pairs = left.flatMap((row): ReadonlyArray<Pair> => {
    const partner = partners.get(idOf(shared, row))
    const configuration = idOf(configuring, row)
    return partner === undefined ? [] : [{ configuration, over: String(row.get(over)), rows: [row, partner] }]
  })
  const numeric = namesOf("metric").filter(
    (name) =>
      !throughout.has(name) &&
      pairs.some(({ rows: [a, b] }) => isNumber(a.get(name)) && isNumber(b.get(name)) && a.get(name) !== b.get(name))
  )
  const groups = [...Map.groupBy(pairs, ({ configuration }) => configuration).values()]
  const varying = configuring.filter((name) => new Set(pairs.map(({ rows: [a] }) => a.get(name))).size > 1)
  const at = ([
    {
      rows: [row]
    }
  ]: ReadonlyArray<Pair>) => Object.fromEntries(varying.map((name) => [name, row.get(name) ?? null]))
  const byPlace = (a: ReadonlyArray<Pair>, b: ReadonlyArray<Pair>) =>
    varying.reduce((order, name) => order || compareValues(at(a)[name], at(b)[name]), 0)
  const places = groups.sort(byPlace)
  const ofPlaces = differences(places.map((group) => ({ metric, pairs: group })))
  return {
    parameters,
    pairs: pairs.length,
    same: pairs.filter(({ rows: [a, b] }) => a.get("key") === b.get("key")).length,
    alone: [left.length - pairs.length, right.length - pairs.length],
    metrics: differences(numeric.map((name) => ({ metric: name, pairs }))).flatMap((one) => one ?? []),
    configurations: ofPlaces.flatMap((one, i) => (one === undefined ? [] : [{ at: at(places[i]), ...one }]))
  }
}

const isNumber = (value: Value | undefined): value is number => typeof value === "number"

interface Asked {
  readonly metric: string
  readonly pairs: ReadonlyArray<Pair>
}

/** Of one family of comparisons; undefined where no pair has numbers. */
function differences(family: ReadonlyArray<Asked>): ReadonlyArray<Difference | undefined> {
  const measured = family.map(({ metric, pairs }) => {
    const kept = pairs.flatMap(({ configuration, over, rows: [a, b] }) => {
      const [from, to] = [a.get(metric), b.get(metric)]
      return isNumber(from) && isNumber(to) ? [{ configuration, over, from, to, value: to - from }] : []
    })
    const seeds = [...new Set(kept.map(({ over }) => over))]
    const { centre, bySeed, estimate } = crossedMean(kept.map((one) => ({ ...one, seed: seeds.indexOf(one.over) })))
    return { metric, kept, centre, estimate, bySeed: [...bySeed.values()] }
  })
  const judged: ReadonlyArray<Judgement> = judge(
    measured.map(({ bySeed, estimate }) => ({ differences: bySeed, estimate })),
    0
  )
  return measured.map(({ metric, kept, centre, bySeed }, i) => {
    if (kept.length === 0) return undefined
    const { interval, verdict } = judged[i]
    return {
      metric,
      means: [mean(kept.map(({ from }) => from)), mean(kept.map(({ to }) => to))],
      difference: centre,
      least: Math.min(...bySeed),
      most: Math.max(...bySeed),
      pairs: kept.length,
      seeds: bySeed.length,
      interval,
      verdict
    }
  })
}
