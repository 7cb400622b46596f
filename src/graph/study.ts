/**
 * A study: a question, its settings, and the nodes that answer it. Settings are one plain value with a schema, so
 * that the command line can override any of them (`--set epochs=20`) with the same checks as the file.
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { checkMembers, type Members } from "./declared.ts"
import type { Design } from "./design.ts"
import type { Draw } from "./draw.ts"
import { DeclarationError, ParameterError } from "./errors.ts"
import { hint, nearest } from "./nearest.ts"
import { linesOf, type Problem, problemsIn } from "./problems.ts"
import type { NodeReference } from "./stage.ts"
import { shortName, variantName } from "./variant.ts"

export interface StudyDeclaration<S> {
  readonly name: string
  readonly title: string
  readonly settings: Schema.Codec<S, unknown>
  readonly values: S
  /**
   * What must be run, given the settings; all that these need is run with them. With `name` everything is called that is
   * the study's own (its report's node and folder): of a variant that is the variant's, `quick@epochs=8`.
   */
  readonly nodes: (settings: S, study: { readonly name: string }) => ReadonlyArray<NodeReference>
  /**
   * Its trials in the order in which a budget takes them, the most telling for their cost first: groups of nodes that
   * tell something together. All of them are needed by `nodes`.
   */
  readonly portions?: (settings: S) => ReadonlyArray<ReadonlyArray<NodeReference>>
  /**
   * Nodes that it takes as far as they are there and does not run, nor any portion that needs one that is not: those of
   * another study, or of its own for seeds that come later.
   */
  readonly borrows?: (settings: S) => ReadonlyArray<NodeReference>
  /** Its claims, where more seeds decide them. Nodes of later looks are among those that it borrows. */
  readonly design?: (settings: S) => Design | undefined
  /** The part of its grid that is drawn, where the settings ask for one. */
  readonly draw?: (settings: S) => Draw | undefined
}

/** Overrides from the command line, by setting: text still to be read. */
export type Overrides = Readonly<Record<string, string>>

export interface Study {
  readonly name: string
  readonly title: string
  /** Names of the settings that `--set` knows, with their values. */
  readonly values: Readonly<Record<string, unknown>>
  /** What it is called with these settings, in full (variant.ts). */
  variant(overrides: Overrides): string
  /** Throws `ParameterError`. */
  nodes(overrides?: Overrides): ReadonlyArray<NodeReference>
  /** Undefined for a study that gives no order. Throws `ParameterError`. */
  readonly portions: ((overrides?: Overrides) => ReadonlyArray<ReadonlyArray<NodeReference>>) | undefined
  /** Nodes that it takes only where they are there. Throws `ParameterError`. */
  borrows(overrides?: Overrides): ReadonlyArray<NodeReference>
  /** Undefined for a study that declares no such claims. Throws `ParameterError`. */
  readonly design: ((overrides?: Overrides) => Design | undefined) | undefined
  /** Undefined where its whole grid is run. Throws `ParameterError`. */
  draw(overrides?: Overrides): Draw | undefined
}

/** `3` → 3, `1,2,4` → [1, 2, 4], `true` → true, JSON as it is, other text as it is; guided by the present value. */
function read(text: string, present: unknown): unknown {
  const one = (t: string, like: unknown): unknown => {
    if (typeof like === "string") return t
    try {
      return JSON.parse(t)
    } catch {
      return t
    }
  }
  if (!Array.isArray(present)) return one(text, present)
  if (text.trimStart().startsWith("[")) return one(text, undefined)
  return text.trim() === "" ? [] : text.split(",").map((t) => one(t.trim(), present[0]))
}

/** A setting with its value as it was typed. */
const asTyped = (setting: string, text: string, value: unknown): string =>
  `${setting} = ${typeof value === "string" || text === "" ? JSON.stringify(text) : text}`

/** What is wrong with a setting, in the words that were typed where it was: of a list, which of its values. */
function inWordsTyped(places: ReadonlyArray<Problem>, values: Settings, overrides: Overrides): ReadonlyArray<string> {
  const typed = places.filter(({ path: [setting] }) => Object.hasOwn(overrides, setting ?? ""))
  // What is wrong with one value is said once, though it may be wrong for several reasons.
  const byPlace = new Map(typed.toReversed().map((place) => [place.path.join("."), place]))
  const bySetting = Map.groupBy([...byPlace.values()].reverse(), ({ path, message }) =>
    JSON.stringify([path[0], message])
  )
  const lines = [...bySetting.values()].map((alike) => {
    const [{ path, message }] = alike
    const [setting] = path
    const value = values[setting]
    const many = Array.isArray(value) && value.length > 1
    const parts = many ? alike.filter(({ path }) => path.length > 1).map(({ found }) => found) : []
    const found = parts.length === 0 ? "" : `, found ${parts.slice(0, 3).join(", ")}${parts.length > 3 ? ", …" : ""}`
    return `${asTyped(setting, overrides[setting], value)}: ${message}${found}`
  })
  return [...lines, ...linesOf(places.filter((place) => !typed.includes(place)))]
}

type Settings = Readonly<Record<string, unknown>>

/** The settings of a study, with overrides that are still to be checked. */
function settingsWith(declared: Settings, overrides: Overrides): Settings {
  const settings = { ...declared }
  for (const [name, text] of Object.entries(overrides)) settings[name] = read(text, declared[name])
  return settings
}

/**
 * What a stage refuses, said of the setting that it came from, if every refused value is the value of a typed setting of
 * the same name, or one of a list of them: `seed` of `seeds`, `examples` of `subsetExamples`.
 */
export function ofSettings(error: ParameterError, study: Study, overrides: Overrides): ParameterError {
  const { places = [] } = error
  const settings = settingsWith(study.values, overrides)
  const sourceOf = ({ path, found }: Problem): ReadonlyArray<string> | undefined => {
    const name = path.findLast((part) => !/^\d+$/.test(part)) ?? ""
    for (const setting of Object.keys(overrides)) {
      const ends = [name, `${name}s`].some((end) => setting.toLowerCase().endsWith(end.toLowerCase()))
      if (name === "" || !ends) continue
      const value = settings[setting]
      if (JSON.stringify(value) === found) return [setting]
      const at = Array.isArray(value) ? value.findIndex((one) => JSON.stringify(one) === found) : -1
      if (at >= 0) return [setting, String(at)]
    }
    return undefined
  }
  const known = new Map<string, Problem>()
  for (const place of places) {
    const path = sourceOf(place)
    if (path === undefined) return error
    known.set(JSON.stringify([path, place.message]), { ...place, path })
  }
  if (known.size === 0) return error
  const sources = [...known.values()]
  return new ParameterError({
    where: `study '${study.name}'`,
    problems: inWordsTyped(sources, settings, overrides)
  })
}

/** What a stage refuses for another reason than one setting: said of the study with the settings that were typed. */
export function withSettings(error: ParameterError, { name }: Study, overrides: Overrides): ParameterError {
  const typed = Object.entries(overrides).map(([setting, text]) => `${setting} = ${text}`)
  if (typed.length === 0 || error.places === undefined) return error
  // Where it stands in the stage's own schema is nothing that was typed.
  const places = error.places.map((place) => ({ ...place, path: place.path.slice(-1) }))
  const problems = linesOf(places).map((line) => line.replace(/ \(and so in \d+ more places\)$/, ""))
  return new ParameterError({ where: `study '${name}', ${typed.join(", ")}`, problems })
}

const MEMBERS: Members<StudyDeclaration<never>> = {
  name: "needed",
  title: "needed",
  settings: "needed",
  values: "needed",
  nodes: "needed",
  portions: "possible",
  borrows: "possible",
  design: "possible",
  draw: "possible"
}

const isNode = (value: unknown): value is NodeReference =>
  typeof value === "object" && value !== null && "stage" in value && "encoded" in value

/** Throws `DeclarationError` for what is no list of nodes. */
function nodesIn(where: string, given: unknown): ReadonlyArray<NodeReference> {
  if (Array.isArray(given) && given.every(isNode)) return given
  const found: unknown = Array.isArray(given) ? given.find((one) => !isNode(one)) : given
  const shown = typeof found === "object" && found !== null ? "an object of another kind" : String(found)
  const problem = `its nodes: expected a list of nodes, as STAGE.node(…) makes them, found ${shown}${Array.isArray(given) ? " in it" : ""}`
  throw new DeclarationError({ where, problem })
}

export function defineStudy<S>(declaration: StudyDeclaration<S>): Study {
  checkMembers("study", declaration, MEMBERS, defineStudy)
  const values = declaration.values as Settings
  const where = `study '${declaration.name}'`
  const decode = SchemaParser.decodeUnknownResult(declaration.settings)
  const settingsOf = (overrides: Overrides): S => {
    const unknown = Object.keys(overrides).find((name) => !Object.hasOwn(values, name))
    if (unknown !== undefined) {
      const names = Object.keys(values)
      const problem = `has no setting '${unknown}'. ${hint(nearest(unknown, names)) || `It has ${names.join(", ")}.`}`
      throw new ParameterError({ where, problems: [problem] })
    }
    const settings = settingsWith(values, overrides)
    const decoded = decode(settings, { errors: "all", onExcessProperty: "error" })
    if (Result.isSuccess(decoded)) return decoded.success
    const places = problemsIn(decoded.failure, settings)
    throw new ParameterError({ where, problems: inWordsTyped(places, settings, overrides) })
  }
  const { name, title, portions, borrows, design, draw } = declaration
  const variant = (overrides: Overrides) => variantName(name, values, settingsWith(values, overrides))
  return {
    name,
    title,
    values,
    variant,
    nodes: (overrides = {}) =>
      nodesIn(where, declaration.nodes(settingsOf(overrides), { name: shortName(variant(overrides)) })),
    portions: portions && ((overrides = {}) => portions(settingsOf(overrides))),
    borrows: (overrides = {}) => borrows?.(settingsOf(overrides)) ?? [],
    design: design && ((overrides = {}) => design(settingsOf(overrides))),
    draw: (overrides = {}) => draw?.(settingsOf(overrides))
  }
}
