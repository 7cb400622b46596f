/**
 * A study: a question, its settings, and the nodes that answer it. Settings are one plain value with a schema, so
 * that the command line can override any of them (`--set epochs=20`) with the same checks as the file.
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { ParameterError } from "./errors.ts"
import { type NodeReference, problemsOf } from "./stage.ts"

export interface StudyDeclaration<S> {
  readonly name: string
  readonly title: string
  readonly settings: Schema.Codec<S, unknown>
  readonly values: S
  /** What must be run, given the settings; all that these need is run with them. */
  readonly nodes: (settings: S, study: { readonly name: string }) => ReadonlyArray<NodeReference>
  /**
   * Its trials in the order in which a budget takes them, the most telling for their cost first: groups of nodes that
   * tell something together. All of them are needed by `nodes`.
   */
  readonly portions?: (settings: S) => ReadonlyArray<ReadonlyArray<NodeReference>>
  /**
   * Nodes of another study that it takes as far as they are there and never runs, nor any portion that needs one that
   * is not.
   */
  readonly borrows?: (settings: S) => ReadonlyArray<NodeReference>
}

/** Overrides from the command line, by setting: text still to be read. */
export type Overrides = Readonly<Record<string, string>>

export interface Study {
  readonly name: string
  readonly title: string
  /** Names of the settings that `--set` knows, with their values. */
  readonly values: Readonly<Record<string, unknown>>
  /** Throws `ParameterError`. */
  nodes(overrides?: Overrides): ReadonlyArray<NodeReference>
  /** Undefined for a study that gives no order. Throws `ParameterError`. */
  readonly portions: ((overrides?: Overrides) => ReadonlyArray<ReadonlyArray<NodeReference>>) | undefined
  /** Nodes that it takes only where they are there. Throws `ParameterError`. */
  borrows(overrides?: Overrides): ReadonlyArray<NodeReference>
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
  return text.split(",").map((t) => one(t.trim(), present[0]))
}

export function defineStudy<S>(declaration: StudyDeclaration<S>): Study {
  const values = declaration.values as Readonly<Record<string, unknown>>
  const decode = SchemaParser.decodeUnknownResult(declaration.settings)
  const settingsOf = (overrides: Overrides): S => {
    const settings: Record<string, unknown> = { ...values }
    for (const [name, text] of Object.entries(overrides)) {
      if (!Object.hasOwn(values, name)) {
        const problem = `has no setting '${name}': it has ${Object.keys(values).join(", ")}`
        throw new ParameterError({ where: `study '${declaration.name}'`, problems: [problem] })
      }
      settings[name] = read(text, values[name])
    }
    const decoded = decode(settings, { errors: "all", onExcessProperty: "error" })
    if (Result.isFailure(decoded)) {
      throw new ParameterError({
        where: `study '${declaration.name}'`,
        problems: problemsOf(decoded.failure, settings)
      })
    }
    return decoded.success
  }
  const { name, title, portions, borrows } = declaration
  return {
    name,
    title,
    values,
    nodes: (overrides = {}) => declaration.nodes(settingsOf(overrides), { name }),
    portions: portions && ((overrides = {}) => portions(settingsOf(overrides))),
    borrows: (overrides = {}) => borrows?.(settingsOf(overrides)) ?? []
  }
}
