/**
 * Stages and their nodes, as values.
 *
 * A stage is declared once (`defineStage`); `stage.node(parameters)` is that stage applied to parameters. What a node
 * needs is a function of its parameters (`inputs`), so asking for one node asks for all that it needs: the graph is
 * what the targets reach (graph.ts). Equal parameters give the same node, however often and wherever it is asked for.
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { canonical } from "./canonical.ts"
import { DeclarationError, ParameterError } from "./errors.ts"

/** One output of one node. */
export interface OutputReference {
  readonly node: NodeReference
  readonly output: string
}

/**
 * What a node needs, by name. A list is a collection: the node takes the results that are there, and which are not is
 * part of its key.
 */
export type Inputs = Readonly<Record<string, OutputReference | ReadonlyArray<OutputReference>>>

/** Where a node stands in a grid: the value on each axis. */
export type AxisValue = string | number | boolean
export type Axes = Readonly<Record<string, AxisValue>>

/** How an output is handed over as a file: its extension ("safetensors", "json", …) and what it holds. */
export interface OutputDeclaration {
  readonly extension: string
  readonly description: string
}

export interface Batch {
  readonly class: string
  readonly limit: number
}

export interface StageDeclaration<P, O extends string> {
  readonly name: string
  readonly description: string
  /** Plain JSON values; every parameter is part of the key. */
  readonly parameters: Schema.Codec<P, unknown>
  /**
   * Values that mean 'as before' for parameters added later: at that value a parameter is left out of the key, so
   * that older keys stay. Fixed for good, whatever the default becomes.
   */
  readonly asBefore?: Partial<P>
  /**
   * Parameters that say how, not what (the addresses of files that are known by their digests): the compute module
   * gets them, the key does not.
   */
  readonly hints?: ReadonlyArray<keyof P & string>
  /** The parameter that says how far (epochs): nodes equal but for it share checkpoints. */
  readonly extent?: keyof P & string
  /** The part of a node's name after the stage's, all axes of the grid: `mnist/layers=4,depth=1,seed=3`. */
  readonly label: (parameters: P) => string
  readonly inputs?: (parameters: P) => Inputs
  /** Its place in a grid, by axis, for conditions (`--where 'filters<=4'`) and for sums of costs. */
  readonly axes?: (parameters: P) => Axes
  /** Files of the project that the stage reads: fast-glob patterns relative to the project's root. */
  readonly files?: (parameters: P) => ReadonlyArray<string>
  /** Fixed outputs, or "files": any number of files under names of its own, as a report's. */
  readonly outputs: Readonly<Record<O, OutputDeclaration>> | "files"
  /** The compute module: a plain TypeScript file whose code is part of the key (see compute.ts). */
  readonly compute: (parameters: P) => URL
  /** Where an engine computes: the class within which results are equal (DESIGN "Keys"). */
  readonly numericClass?: (parameters: P) => string
  /** Amount of work in any unit, to predict seconds from earlier nodes of this stage. 1 if left out. */
  readonly work?: (parameters: P) => number
  /** Nodes of one class take time in proportion to their work; all nodes of the stage if left out. */
  readonly paceClass?: (parameters: P) => string
  /** Measures seconds per unit of work in a moment, for predictions where no node of the stage has run yet. */
  readonly calibrate?: () => Promise<number>
  /** Runs inside the scheduler's own process: for stages of less than a few milliseconds. */
  readonly inline?: boolean
  /** Processor slots that it takes; 1 if left out. */
  readonly slots?: (parameters: P) => number
  /** Whether it can use more threads, with the same bytes: then it gets slots that would stay free. */
  readonly threads?: (parameters: P) => boolean
  /**
   * Where several nodes are computed together faster than one after another, by one worker in the slots of one: nodes of
   * equal class are, at most so many at once. The compute module then exports a `ComputeBatch` too.
   */
  readonly batch?: (parameters: P) => Batch | undefined
  /** Seconds after which it is stopped, with its children; no limit if left out. */
  readonly timeout?: number
}

export interface Stage<P = never, O extends string = string> extends StageDeclaration<P, O> {
  /** This stage applied to parameters. Throws `ParameterError`. */
  node(parameters: P, options?: NodeOptions): NodeReference<O>
}

export interface NodeOptions {
  /** Replaces the label; not part of the key. */
  readonly name?: string
  /** Folder of the project into which the outputs are also written; not part of the key. */
  readonly publish?: string
}

// biome-ignore lint/suspicious/noExplicitAny: a graph holds stages of all parameter types
export type AnyStage = Stage<any, string>

export interface NodeReference<O extends string = string> {
  readonly stage: AnyStage
  readonly parameters: Readonly<Record<string, unknown>>
  /** Canonical text of the parameters, without those at their 'as before' value. */
  readonly encoded: string
  /** Stage and encoded parameters: equal for all references to one node. */
  readonly id: string
  readonly label: string
  readonly publish: string | undefined
  output(name: O): OutputReference
}

const standardIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** One line for each problem: where, what was expected, and what was found there. */
export function problemsOf(issue: SchemaIssue.Issue, value: unknown): ReadonlyArray<string> {
  return standardIssue(issue).issues.map(({ message, path = [] }) => {
    const names = path.map((p) => (typeof p === "object" ? String(p.key) : String(p)))
    const found = names.reduce<unknown>((v, name) => (v as Record<string, unknown> | undefined)?.[name], value)
    const what = names.length === 0 ? "" : `${names.join(".")} = ${JSON.stringify(found)}: `
    return what + message
  })
}

/** Parameters that fit a schema, with what it made of them: stages of one schema read a trial once. */
const fitting = new WeakMap<object, WeakMap<object, unknown>>()

export function defineStage<P, const O extends string>(declaration: StageDeclaration<P, O>): Stage<P, O> {
  if (!/^[a-z][a-z0-9-]*$/.test(declaration.name)) {
    throw new DeclarationError({
      where: `stage '${declaration.name}'`,
      problem: "a stage's name is lower-case letters, digits and '-', so that it is safe in a shell and in globs"
    })
  }
  const decode = SchemaParser.decodeUnknownResult(declaration.parameters)
  const read = fitting.get(declaration.parameters) ?? new WeakMap<object, unknown>()
  fitting.set(declaration.parameters, read)

  /** The parameters as the schema gives them; the very same value where that is equal, so that nothing is kept twice. */
  const parse = (given: P & object): P => {
    const before = read.get(given)
    if (before !== undefined) return before as P
    const result = decode(given, { errors: "all", onExcessProperty: "error" })
    if (Result.isFailure(result)) {
      throw new ParameterError({ where: `stage '${declaration.name}'`, problems: problemsOf(result.failure, given) })
    }
    const parsed = canonical(result.success) === canonical(given) ? given : result.success
    read.set(given, parsed)
    return parsed
  }
  const known = new Map<string, NodeReference<O>>()
  const outputs = declaration.outputs
  const asBefore = Object.entries(declaration.asBefore ?? {}).map(([name, v]) => [name, canonical(v)] as const)

  const { hints = [] } = declaration

  const encode = (parameters: Readonly<Record<string, unknown>>): string => {
    if (asBefore.length === 0 && hints.length === 0) return canonical(parameters)
    const kept = { ...parameters }
    for (const [name, before] of asBefore) if (canonical(kept[name]) === before) delete kept[name]
    for (const name of hints) delete kept[name]
    return canonical(kept)
  }

  function output(this: NodeReference<O>, name: O): OutputReference {
    if (outputs !== "files" && !Object.hasOwn(outputs, name)) {
      const problem = `has no output '${name}': it gives ${Object.keys(outputs).join(", ")}`
      throw new DeclarationError({ where: `stage '${declaration.name}'`, problem })
    }
    return { node: this, output: name }
  }

  const make = (given: P, options: NodeOptions): NodeReference<O> => {
    const parsed = parse(given as P & object)
    const parameters = parsed as Readonly<Record<string, unknown>>
    const encoded = encode(parameters)
    return {
      stage: stage as AnyStage,
      parameters,
      encoded,
      id: `${declaration.name} ${encoded}`,
      label: options.name ?? declaration.label(parsed),
      publish: options.publish,
      output
    }
  }

  const stage: Stage<P, O> = {
    ...declaration,
    node(given, options = {}) {
      if (options.name !== undefined || options.publish !== undefined) return make(given, options)
      const text = canonical(given)
      let reference = known.get(text)
      if (reference === undefined) known.set(text, (reference = make(given, options)))
      return reference
    }
  }
  return stage
}
