/**
 * Conditions on the axes of a grid, as typed: `filters<=4 && dataset=mnist`. Comparisons (= != < <= > >=) of an axis
 * with a value, joined by && and ||, turned round by !, grouped by parentheses; && binds more tightly than ||.
 */
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import type { Node } from "./graph.ts"
import { hint, nearest } from "./nearest.ts"
import type { AnyStage, Axes, AxisValue } from "./stage.ts"

/** A condition cannot be read, or does not fit the grid. */
export class WhereError extends Schema.TaggedError<WhereError>()("WhereError", {
  text: Schema.String,
  position: Schema.Finite, // of the first character that is wrong, from 1
  problem: Schema.String
}) {
  override get message() {
    return `--where '${this.text}', character ${this.position}: ${this.problem}`
  }
  override readonly [Runtime.errorExitCode] = 2
}

const OPERATORS = ["<=", ">=", "!=", "==", "=", "<", ">"] as const
type Operator = (typeof OPERATORS)[number]

interface Comparison {
  readonly axis: string
  readonly operator: Operator
  readonly value: string
  readonly at: { readonly axis: number; readonly value: number } // positions, from 1
}

export interface Where {
  readonly text: string
  readonly comparisons: ReadonlyArray<Comparison>
  readonly holds: (axes: Axes) => boolean
}

interface Token {
  readonly kind: "word" | "operator" | "end"
  readonly text: string
  readonly at: number
}

function tokensOf(text: string): ReadonlyArray<Token> {
  const pattern = /\s*(?:(&&|\|\||<=|>=|!=|==|[=<>!()])|"([^"]*)"|([^\s&|<>=!()"]+))/y
  const tokens: Array<Token> = []
  let end = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    end = pattern.lastIndex
    const [whole, operator, quoted, word] = match
    const at = end - whole.trimStart().length + 1
    tokens.push(
      operator === undefined ? { kind: "word", text: quoted ?? word, at } : { kind: "operator", text: operator, at }
    )
  }
  const rest = text.slice(end).trimStart()
  if (rest !== "") {
    const problem = `${JSON.stringify(rest[0])} means nothing here: conditions look like 'filters<=4 && dataset=mnist'`
    throw new WhereError({ text, position: text.length - rest.length + 1, problem })
  }
  return [...tokens, { kind: "end", text: "the end", at: text.length + 1 }]
}

function compare(left: AxisValue, operator: Operator, right: string): boolean {
  const [a, b] = typeof left === "number" ? [left, Number(right)] : [String(left), right]
  switch (operator) {
    case "=":
    case "==":
      return a === b
    case "!=":
      return a !== b
    case "<":
      return a < b
    case "<=":
      return a <= b
    case ">":
      return a > b
    case ">=":
      return a >= b
  }
}

/** Reads a condition. Throws `WhereError`. */
export function parseWhere(text: string): Where {
  const tokens = tokensOf(text)
  const comparisons: Array<Comparison> = []
  let next = 0
  const fail = (expected: string): never => {
    const { at, text: found } = tokens[next]
    throw new WhereError({
      text,
      position: at,
      problem: `expected ${expected}, found ${next === tokens.length - 1 ? found : `'${found}'`}`
    })
  }
  const accept = (operator: string) => tokens[next].kind === "operator" && tokens[next].text === operator && ++next > 0
  type Test = Where["holds"]
  const comparison = (): Test => {
    if (accept("!")) {
      const test = comparison()
      return (axes) => !test(axes)
    }
    if (accept("(")) {
      const test = either()
      if (!accept(")")) fail("')'")
      return test
    }
    if (tokens[next].kind !== "word") fail("the name of an axis")
    const axis = tokens[next++]
    const operator =
      OPERATORS.find((o) => tokens[next].kind === "operator" && tokens[next].text === o) ??
      fail(`one of ${OPERATORS.join(" ")} after '${axis.text}'`)
    next++
    if (tokens[next].kind !== "word") fail(`a value after '${axis.text}${operator}'`)
    const value = tokens[next++]
    comparisons.push({ axis: axis.text, operator, value: value.text, at: { axis: axis.at, value: value.at } })
    // What has no value on the axis (momentum, of a method without) has none of them.
    return (axes) =>
      Object.hasOwn(axes, axis.text) ? compare(axes[axis.text], operator, value.text) : operator === "!="
  }
  const both = (): Test => {
    const tests = [comparison()]
    while (accept("&&")) tests.push(comparison())
    return (axes) => tests.every((test) => test(axes))
  }
  const either = (): Test => {
    const tests = [both()]
    while (accept("||")) tests.push(both())
    return (axes) => tests.some((test) => test(axes))
  }
  const holds = either()
  if (tokens[next].kind !== "end") fail("&&, || or the end")
  return { text, comparisons, holds }
}

/** By stage's function and trial: a trial's nodes are asked for their axes again and again, thousands of them. */
const known = new WeakMap<object, WeakMap<object, Axes>>()

/** Where a node stands in the grid, if its stage has axes. */
export function axesOf({ stage: { axes: tell }, parameters }: Pick<Node, "stage" | "parameters">): Axes | undefined {
  if (tell === undefined) return undefined
  const told = known.get(tell) ?? new WeakMap<object, Axes>()
  known.set(tell, told)
  let axes = told.get(parameters)
  if (axes === undefined) {
    axes = tell(parameters)
    told.set(parameters, axes)
  }
  return axes
}

/** Checks names, types and values against the axes that there are. Throws `WhereError`. */
export function checkWhere({ text, comparisons }: Where, all: ReadonlyArray<Axes>): void {
  for (const { axis, operator, value, at } of comparisons) {
    const values = new Set(all.flatMap((axes) => (Object.hasOwn(axes, axis) ? axes[axis] : [])))
    if (values.size === 0) {
      const names = [...new Set(all.flatMap((axes) => Object.keys(axes)))].sort()
      const help =
        hint(nearest(axis, names)) ||
        (names.length === 0 ? "The targets are not a grid." : `There are ${names.join(", ")}.`)
      throw new WhereError({ text, position: at.axis, problem: `no axis is called '${axis}'. ${help}` })
    }
    if ([...values].every((one) => typeof one === "number")) {
      if (value.trim() !== "" && Number.isFinite(Number(value))) continue
      throw new WhereError({ text, position: at.value, problem: `'${axis}' takes a number, not '${value}'` })
    }
    if (!["=", "==", "!="].includes(operator)) {
      throw new WhereError({
        text,
        position: at.axis,
        problem: `'${axis}' is not a number: compare it by = or !=`
      })
    }
    const names = [...values].map(String)
    if (names.includes(value) || values.has(Number(value))) continue
    const help = hint(nearest(value, names)) || `There are ${names.sort().join(", ")}.`
    throw new WhereError({ text, position: at.value, problem: `no ${axis} is called '${value}'. ${help}` })
  }
}

/**
 * The nodes that a condition leaves out: those for which it does not hold, of stages that have the axes it names, and
 * those that only they need. Nodes of other stages (a report) stay. Throws `WhereError`.
 */
export function leftOut(
  graph: { readonly nodes: ReadonlyArray<Node>; readonly dependents: ReadonlyArray<ReadonlyArray<number>> },
  selection: ReadonlyArray<number>,
  where: Where
): ReadonlySet<number> {
  const axes = new Map(selection.map((index) => [index, axesOf(graph.nodes[index])]))
  checkWhere(
    where,
    [...axes.values()].filter((one) => one !== undefined)
  )
  const names = where.comparisons.map(({ axis }) => axis)
  /** Axes of a stage: those of any of its nodes. */
  const ofStage = new Map<AnyStage, Set<string>>()
  for (const [index, own] of axes) {
    const { stage } = graph.nodes[index]
    const known = ofStage.get(stage) ?? new Set()
    for (const name in own) known.add(name)
    ofStage.set(stage, known)
  }
  let kept = 0
  const out = new Set<number>()
  for (let i = selection.length - 1; i >= 0; i--) {
    const index = selection[i]
    const own = axes.get(index)
    const users = graph.dependents[index].filter((user) => axes.has(user))
    const known = ofStage.get(graph.nodes[index].stage)
    if (own !== undefined && names.every((name) => known?.has(name))) {
      if (where.holds(own)) kept++
      else out.add(index)
    } else if (users.length > 0 && users.every((user) => out.has(user))) out.add(index)
  }
  if (kept === 0) throw new WhereError({ text: where.text, position: 1, problem: "nothing in the grid meets it" })
  return out
}
