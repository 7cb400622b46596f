/**
 * The one canonical encoding of parameters: JSON with sorted object keys, numbers in their shortest form, nothing
 * optional. Equal values give equal text on every machine, so the text can be part of a key.
 */

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [name: string]: Json }

/**
 * Texts of objects that were met before: thousands of trials share a data set's description. Parameters are values that
 * nobody changes.
 */
const texts = new WeakMap<object, string>()

function textOf(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  let members = ""
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) members += `${members === "" ? "" : ","}${JSON.stringify(name)}:${canonical(member)}`
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
