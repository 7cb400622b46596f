/**
 * The one canonical encoding of parameters: JSON with sorted object keys, numbers in their shortest form, nothing
 * optional. Equal values give equal text on every machine, so the text can be part of a key.
 */

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

const quoted = new Map<string, string>()

/** A name as JSON; the same few come again and again. */
function quote(name: string): string {
  let text = quoted.get(name)
  if (text === undefined) quoted.set(name, (text = JSON.stringify(name)))
  return text
}

/** Sorts names in place, as `sort` does, which for a few of them leaves many times as much garbage. */
export function sortNames(names: Array<string>): Array<string> {
  if (names.length > 32) return names.sort()
  for (let i = 1; i < names.length; i++) {
    const name = names[i]
    let place = i
    for (; place > 0 && names[place - 1] > name; place--) names[place] = names[place - 1]
    names[place] = name
  }
  return names
}

/**
 * Texts of members that were met before: thousands of trials share a data set's description. Parameters are values that
 * nobody changes, and their nodes keep them anyway.
 */
const texts = new Map<object, string>()

function memberText(value: unknown): string {
  if (typeof value !== "object" || value === null) return canonical(value)
  let text = texts.get(value)
  if (text === undefined) texts.set(value, (text = canonical(value)))
  return text
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
      if (Array.isArray(value)) return `[${value.map(memberText).join(",")}]`
      return canonicalWithout(value as Readonly<Record<string, unknown>>, never)
    }
    default:
      throw new TypeError(`a ${typeof value} has no canonical form: parameters are plain JSON values`)
  }
}

const never = () => false

/** Canonical text of a record without the members that `left` says, of whose names and texts, are to be left out. */
export function canonicalWithout(
  record: Readonly<Record<string, unknown>>,
  left: (name: string, text: string) => boolean
): string {
  let members = ""
  for (const name of sortNames(Object.keys(record))) {
    const member = record[name]
    if (member === undefined) continue
    const text = memberText(member)
    if (!left(name, text)) members += `${members === "" ? "" : ","}${quote(name)}:${text}`
  }
  return `{${members}}`
}

const places = new Map<object, number>()

/**
 * A short text that is the same for two records only if they are equal, though not for all equal ones: members that are
 * objects are told apart by identity.
 */
export function briefly(record: Readonly<Record<string, unknown>>): string {
  let text = ""
  for (const name in record) {
    const member = record[name]
    if (typeof member === "object" && member !== null) {
      let place = places.get(member)
      if (place === undefined) places.set(member, (place = places.size))
      text += `${quote(name)}#${place} `
    } else text += `${quote(name)}=${typeof member === "string" ? quote(member) : member} `
  }
  return text
}

/** True if two JSON values have the same members, in whatever order. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  for (const name of names) {
    if (!equalJson((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name])) return false
  }
  return true
}
