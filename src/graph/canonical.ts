/**
 * The one canonical encoding of parameters: JSON with sorted object keys, numbers in their shortest form, nothing
 * optional. Equal values give equal text on every machine, so the text can be part of a key.
 */

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

const quoted = new Map<string, string>()

/** A member's name as JSON; the same few come again and again. */
function quote(name: string): string {
  let text = quoted.get(name)
  if (text === undefined) quoted.set(name, (text = JSON.stringify(name)))
  return text
}

/** The names in order; declared in order they mostly are already. */
function sorted(names: Array<string>): ReadonlyArray<string> {
  for (let i = 1; i < names.length; i++) if (names[i] < names[i - 1]) return names.sort()
  return names
}

/**
 * Texts of objects that were met before: thousands of trials share a data set's description. Parameters are values that
 * nobody changes.
 */
const texts = new WeakMap<object, string>()

function textOf(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  let members = ""
  for (const name of sorted(Object.keys(value))) {
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) members += `${members === "" ? "" : ","}${quote(name)}:${canonical(member)}`
  }
  return `{${members}}`
}

/** Canonical text of a JSON value. `undefined` members are left out; NaN and infinities are refused. */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "boolean":
      return value ? "true" : "false"
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form: expected a finite number`)
      return Object.is(value, -0) ? "0" : String(value)
    case "object": {
      if (value === null) return "null"
      let text = texts.get(value)
      if (text === undefined) texts.set(value, (text = textOf(value)))
      return text
    }
    default:
      throw new TypeError(`a ${typeof value} has no canonical form: parameters are plain JSON values`)
  }
}
