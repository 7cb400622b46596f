/**
 * Values from JSON, read as what they should be: small readers that are put together into larger ones, and whose type is
 * that of what they give. Own code, since compute modules use it: a schema library's version would be part of every key,
 * and Effect's is never shaken off. A reader that stands at the top of a file is put together in a function, or the keys
 * of those who only write hold it too.
 */

/** What a reader throws: where in the value, what was expected there, and what was found. */
export class Misfit extends Error {
  override readonly name = "Misfit"
  readonly at: string // "orders[2].loss"; empty for the whole
  readonly expected: string
  readonly found: string

  constructor(at: string, expected: string, found: string) {
    super(`${at === "" ? "" : `${at}: `}expected ${expected}, found ${found}`)
    this.at = at
    this.expected = expected
    this.found = found
  }
}

/** Gives the value as an `A`. Throws `Misfit`. */
export type Reader<A> = (value: unknown, at: string) => A
/** What a reader gives, or a function that puts one together. */
export type Read<R> = R extends () => Reader<infer A> ? A : R extends Reader<infer A> ? A : never

function shown(value: unknown): string {
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return `a list of ${value.length}`
  const text = JSON.stringify(value) ?? typeof value
  return text.length <= 60 ? text : `${text.slice(0, 50)}… (${text.length} characters)`
}

/** Whatever stands there. */
export const anything: Reader<unknown> = (value) => value

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)

export const number: Reader<number> = (value, at) => {
  if (!isNumber(value)) throw new Misfit(at, "a number", shown(value))
  return value
}

/** JSON writes numbers that are not finite as null. */
export const numberOrNaN: Reader<number> = (value, at) => (value === null ? Number.NaN : number(value, at))

/** A whole number from 0 on. */
export const whole: Reader<number> = (value, at) => {
  if (!isNumber(value) || !Number.isSafeInteger(value) || value < 0)
    throw new Misfit(at, "a whole number", shown(value))
  return value
}

export const fraction: Reader<number> = (value, at) => {
  if (!isNumber(value) || value < 0 || value > 1) throw new Misfit(at, "a number from 0 to 1", shown(value))
  return value
}

export const text: Reader<string> = (value, at) => {
  if (typeof value !== "string") throw new Misfit(at, "a text", shown(value))
  return value
}

export const truth: Reader<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new Misfit(at, "true or false", shown(value))
  return value
}

export function oneOf<const A extends string>(...values: ReadonlyArray<A>): Reader<A> {
  return (value, at) => {
    const found = values.find((one) => one === value)
    if (found === undefined) throw new Misfit(at, values.map((one) => `"${one}"`).join(" or "), shown(value))
    return found
  }
}

export function orNull<A>(reader: Reader<A>): Reader<A | null> {
  return (value, at) => (value === null ? null : reader(value, at))
}

/** A member that may be left out. */
export function optional<A>(reader: Reader<A>): Reader<A | undefined> {
  return (value, at) => (value === undefined ? undefined : reader(value, at))
}

export function list<A>(reader: Reader<A>): Reader<ReadonlyArray<A>> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Misfit(at, "a list", shown(value))
    return value.map((one: unknown, i) => reader(one, `${at}[${i}]`))
  }
}

/** A record with at least these members; others are left out. */
export function record<F extends Readonly<Record<string, Reader<unknown>>>>(fields: F): Reader<RecordOf<F>> {
  return (value, at) => {
    const members = recordIn(value, at)
    const result: Record<string, unknown> = {}
    for (const name in fields) {
      const one = Object.hasOwn(members, name) ? members[name] : undefined
      result[name] = fields[name](one, at === "" ? name : `${at}.${name}`)
    }
    return result as RecordOf<F>
  }
}
type RecordOf<F extends Readonly<Record<string, Reader<unknown>>>> = { readonly [K in keyof F]: Read<F[K]> }

/** Members of one kind under any names. */
export function named<A>(reader: Reader<A>): Reader<Readonly<Record<string, A>>> {
  return (value, at) =>
    Object.fromEntries(
      Object.entries(recordIn(value, at)).map(([name, one]) => [name, reader(one, at === "" ? name : `${at}.${name}`)])
    )
}

function recordIn(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Misfit(at, "a record", shown(value))
  return value as Readonly<Record<string, unknown>>
}

/** A JSON text as an `A`; `at` says where it stands in a larger one. Throws `Misfit`. */
export function parse<A>(json: Uint8Array | string, reader: Reader<A>, at = ""): A {
  const text = typeof json === "string" ? json : new TextDecoder().decode(json)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Misfit(at, "JSON", text.trim() === "" ? "nothing" : shown(text))
  }
  return reader(value, at)
}
