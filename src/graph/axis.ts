/** Axes of a grid: lists of values, each of them once. */
import * as Schema from "effect/Schema"
import { canonical } from "./canonical.ts"

/** What tells one value from another. */
const keyOf = (value: unknown): string => (typeof value === "number" ? String(value) : canonical(value))

/** What to call a value: itself, or the name that it carries. */
function nameOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "name" in value) return String(value.name)
  return typeof value === "string" ? value : keyOf(value)
}

/**
 * Refuses a list in which something stands twice: it would count twice in means, numbers and percentages. `what` is what
 * counts of an element, if not all of it, and `called` what to call that.
 */
export const eachOnce = <A, B = A>(what: (element: A) => B, called: (thing: B) => string = nameOf) =>
  Schema.makeFilter((list: ReadonlyArray<A>) => {
    const seen = new Map<string, { readonly thing: B; count: number }>()
    for (const element of list) {
      const thing = what(element)
      const known = seen.get(keyOf(thing))
      if (known === undefined) seen.set(keyOf(thing), { thing, count: 1 })
      else known.count++
    }
    const double = [...seen.values()].find(({ count }) => count > 1)
    if (double === undefined) return undefined
    const times = double.count === 2 ? "twice" : `${double.count} times`
    return `${called(double.thing)} stands in it ${times}, and would count ${times}: name each once`
  })

/** At least one value, each once. */
export const Axis = <S extends Schema.Constraint>(value: S) =>
  Schema.NonEmptyArray(value).check(eachOnce((one: S["Type"]) => one))
