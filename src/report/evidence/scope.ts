/**
 * Which trials may be averaged and compared: those of one data set that were trained in the same way. Whatever else
 * varies in a study (learning rate, batch, optimizer, …) separates them, and stands in the headings of what is said of
 * them. Within a scope trials differ in their network, which tables and figures name, and in their seed.
 */

import type { Cell, Column } from "../page/tables.ts"
import { distinct, groupBy } from "./groups.ts"
/** The value on an axis; what a trial has no value on (the momentum of a method without) is "none". */
export type Value = string | number | boolean
export type Settings = Readonly<Record<string, Value>>

export interface Scope {
  /** "digits", or with the values of what varies: "digits, learningRate=0.001". */
  readonly name: string
  /** The same for names of files and places in a page. */
  readonly slug: string
  readonly dataset: string
  /** The values of its trials on every axis of the study but those of the network, in one order for all scopes. */
  readonly cells: ReadonlyArray<readonly [axis: string, value: Cell]>
}

/** What a trial has to say before it has its place. */
interface Placeable {
  readonly dataset: string
  readonly settings: Settings
}

/** Axes of the network and its seed: tables have columns for them and say what they average over. */
const NETWORK = ["architecture", "layers", "depth", "filters", "kernel", "activation", "residual"]
const APART = new Set(["dataset", "seed", ...NETWORK])
/** How a trial is computed and scored. Where that follows from the network's size, it separates nothing that is compared. */
const COMPUTED = new Set(["engine", "scoredBy", "batched", "test", "corrupt"])

const on = ({ settings }: Placeable, axis: string): Value => settings[axis] ?? "none"
const several = (trials: ReadonlyArray<Placeable>, axis: string) => new Set(trials.map((t) => on(t, axis))).size > 1
const tuple = (trial: Placeable, axes: ReadonlyArray<string>) => JSON.stringify(axes.map((axis) => on(trial, axis)))

/** Whether the values on some axes leave no choice on another. */
function follows(trials: ReadonlyArray<Placeable>, axis: string, from: ReadonlyArray<string>): boolean {
  const known = new Map<string, Value>()
  for (const trial of trials) {
    const [key, value] = [tuple(trial, from), on(trial, axis)]
    if ((known.get(key) ?? value) !== value) return false
    known.set(key, value)
  }
  return true
}

/** All axes that vary in a study, but those of the network: columns of every table. */
export function varyingAxes(trials: ReadonlyArray<Placeable>): ReadonlyArray<string> {
  const names = distinct(trials.flatMap(({ settings }) => Object.keys(settings)))
  return names.filter((axis) => !APART.has(axis) && several(trials, axis))
}

/** The axes that tell the scopes of a data set apart, of its trials; constants of an optimizer follow from its name. */
export function separating(trials: ReadonlyArray<Placeable>): ReadonlyArray<string> {
  const all = varyingAxes(trials).filter((axis) => !COMPUTED.has(axis))
  const everywhere = (axis: string) => trials.every(({ settings }) => axis in settings)
  const kept = all.filter(everywhere)
  for (const axis of all) if (!everywhere(axis) && !follows(trials, axis, kept)) kept.push(axis)
  const network = NETWORK.filter((axis) => axis !== "architecture" && axis !== "depth")
  for (const axis of COMPUTED)
    if (several(trials, axis) && !follows(trials, axis, [...kept, ...network])) kept.push(axis)
  return kept
}

/**
 * What each of several scopes is called beside the others: what is the same in all of them is left out. Nothing where
 * there is one.
 */
export function namesBeside(scopes: ReadonlyArray<Scope>): (scope: Scope) => string | undefined {
  const names = distinct(scopes.map(({ name }) => name))
  if (names.length < 2) return () => undefined
  const parts = names.map((name) => name.split(", "))
  const common = new Set(parts[0].filter((part) => parts.every((own) => own.includes(part))))
  return ({ name }) =>
    name
      .split(", ")
      .filter((part) => !common.has(part))
      .join(", ")
}

export const slugOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9.]+/g, "-")

/** The trials of a study, each with its scope. */
export function inScopes<T extends Placeable>(trials: ReadonlyArray<T>): ReadonlyArray<T & { readonly scope: Scope }> {
  const axes = varyingAxes(trials)
  const scopes = new Map<T, Scope>()
  for (const [dataset, own] of groupBy(trials, (t) => t.dataset)) {
    const apart = separating(own)
    for (const group of groupBy(own, (t) => tuple(t, apart)).values()) {
      const [first] = group
      const name = [dataset, ...apart.map((axis) => `${axis}=${on(first, axis)}`)].join(", ")
      const cells = axes.map((axis): readonly [string, Cell] => {
        const values = distinct(group.map((t) => t.settings[axis]))
        const [value] = values
        if (values.length > 1) return [axis, values.map(String).join(", ")]
        return [axis, value === undefined ? null : typeof value === "boolean" ? String(value) : value]
      })
      const scope = { name, slug: slugOf(name), dataset, cells }
      for (const trial of group) scopes.set(trial, scope)
    }
  }
  return trials.flatMap((trial) => {
    const scope = scopes.get(trial)
    return scope === undefined ? [] : [{ ...trial, scope }]
  })
}

/** "learningRate" as a heading in CSV files: "learning_rate". */
export const columnName = (axis: string): string => axis.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const axisColumn = (axis: string): Column => ({ name: columnName(axis), title: axis })

/** Columns that tell scopes apart: the data set, and whatever varies. */
export const scopeColumns = (scopes: ReadonlyArray<Scope>): ReadonlyArray<Column> => [
  { name: "dataset", title: "Data set" },
  ...(scopes[0]?.cells ?? []).map(([axis]) => axisColumn(axis))
]

export const scopeCells = ({ dataset, cells }: Scope): ReadonlyArray<Cell> => [
  dataset,
  ...cells.map(([, value]) => value)
]
