/**
 * Stages and their nodes, as values.
 *
 * A stage is declared once (`defineStage`); `stage.node(parameters)` is that stage applied to parameters. What a node
 * needs is a function of its parameters (`inputs`), so asking for one node asks for all that it needs: the graph is
 * what the targets reach (graph.ts). Equal parameters give the same node, however often and wherever it is asked for.
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { briefly, canonical, canonicalWithout, equalJson } from "./canonical.ts"
import type { Collection } from "./collection.ts"
import type { EngineUse } from "./compute.ts"
import { checkMembers, type Members, whereDeclared } from "./declared.ts"
import { DeclarationError, parameterError } from "./errors.ts"
import { problemsIn } from "./problems.ts"

/** One output of one node. */
export interface OutputReference {
  readonly node: NodeReference
  readonly output: string
}

/**
 * What a node needs, by name. A list is a collection (collection.ts): the node takes the results that are there, and
 * which are not is part of its key.
 */
export type Inputs = Readonly<Record<string, OutputReference | Collection<OutputReference>>>

/** Where a node stands in a grid: the value on each axis. */
export type AxisValue = string | number | boolean
export type Axes = Readonly<Record<string, AxisValue>>

/** How an output is handed over as a file: its extension ("safetensors", "json", …) and what it holds. */
export interface OutputDeclaration {
  readonly extension: string
  readonly description: string
  /**
   * Whether its bytes go along in an archive of results (`cache export --results`), which outlasts the machine:
   * - "always" (if left out): it took long to compute, or reports read it;
   * - "analysed": where an analysis of the study reads it; others as far as there is room;
   * - "digest": never, because it is large or quickly made again. Its digest serves until something that runs reads it.
   */
  readonly keep?: "always" | "analysed" | "digest"
}

export interface Batch {
  readonly class: string
  readonly limit: number
}

export interface StageDeclaration<P, O extends string, I extends Inputs = Inputs> {
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
   * gets them, the key does not. Those that a run knows better (the folder of data files on this machine) it replaces.
   */
  readonly hints?: ReadonlyArray<keyof P & string>
  /** The parameter that says how far (epochs): nodes equal but for it share checkpoints. */
  readonly extent?: keyof P & string
  /** Outputs as they are so far, read from a checkpoint, while a node is running or where it was stopped. */
  readonly soFar?: Readonly<Partial<Record<O, (checkpoint: Uint8Array) => Promise<Uint8Array>>>>
  /** The part of a node's name after the stage's, all axes of the grid: `mnist/layers=4,depth=1,seed=3`. */
  readonly label: (parameters: P) => string
  readonly inputs?: (parameters: P) => I
  /** Its place in a grid, by axis, for conditions (`--where 'filters<=4'`) and for sums of costs. */
  readonly axes?: (parameters: P) => Axes
  /**
   * Files of the project that the stage reads: fast-glob patterns relative to the project's root. A path that is to mean
   * itself, whatever is in its name, goes through `asPattern`.
   */
  readonly files?: (parameters: P) => ReadonlyArray<string>
  /** Fixed outputs, or "files": any number of files under names of its own, as a report's. */
  readonly outputs: Readonly<Record<O, OutputDeclaration>> | "files"
  /** The output, JSON, whose members say what a trial has reached: each node is a row of `pipeline table`. */
  readonly metrics?: O
  /** It analyses what others computed at length: an archive of results has what it reads (see `keep`). */
  readonly analyses?: true
  /** The compute module: a plain TypeScript file whose code is part of the key (see compute.ts). */
  readonly compute: (parameters: P) => URL
  /** Where an engine computes: its module, whose code is part of the key too, and the class that it computes in here. */
  readonly engine?: (parameters: P) => EngineUse
  /** Amount of work in any unit, to predict seconds from earlier nodes of this stage. 1 if left out. */
  readonly work?: (parameters: P) => number
  /** Seconds of one core of a certain processor: what reports say that a node costs, whatever machine it is on. */
  readonly price?: (parameters: P) => number
  /** Nodes of one class take time in proportion to their work; all nodes of the stage if left out. */
  readonly paceClass?: (parameters: P) => string
  /** Seconds per unit of work, for predictions where no node of the stage has run on this machine yet. */
  readonly pace?: { readonly seconds: number; readonly source: string }
  /** Runs inside the scheduler's own process: for stages of less than a few milliseconds. */
  readonly inline?: boolean
  /**
   * It reads the world outside (the network, folders of data), which other machines of a cluster may not see: whoever
   * begins a run there does it before the others begin.
   */
  readonly outside?: true
  /** Processor slots that it takes; 1 if left out. */
  readonly slots?: (parameters: P) => number
  /** Whether it can use more threads, with the same bytes: then it gets slots that would stay free. */
  readonly threads?: (parameters: P) => boolean
  /** Whether it takes a GPU slot besides. */
  readonly gpu?: (parameters: P) => boolean
  /**
   * Where several nodes are computed together faster than one after another, by one worker in the slots of one: nodes of
   * equal class are, at most so many at once. The compute module then exports a `ComputeBatch`, for one as well.
   */
  readonly batch?: (parameters: P) => Batch | undefined
  /** Seconds after which it is stopped, with its children; no limit if left out. */
  readonly timeout?: number
}

export interface Stage<P = never, O extends string = string, I extends Inputs = Inputs>
  extends StageDeclaration<P, O, I> {
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
  /** Equal for all references to one node: one stage, one encoding of the parameters. */
  readonly id: number
  readonly label: string
  readonly publish: string | undefined
  output(name: O): OutputReference
}

/** Nodes are numbered as they are first asked for. */
let nodes = 0

/** Parameters as their schema gives them, and the nodes of stages that were applied to them. */
interface Fitting {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly nodes: Array<NodeReference>
}

/** By schema and what was given: stages of one schema read a trial once. */
const fittings = new WeakMap<object, Map<object, Fitting>>()

const ALWAYS = Symbol("always")

const MEMBERS: Members<StageDeclaration<never, string>> = {
  name: "needed",
  description: "needed",
  parameters: "needed",
  asBefore: "possible",
  hints: "possible",
  extent: "possible",
  soFar: "possible",
  label: "needed",
  inputs: "possible",
  axes: "possible",
  files: "possible",
  outputs: "needed",
  metrics: "possible",
  analyses: "possible",
  compute: "needed",
  engine: "possible",
  work: "possible",
  price: "possible",
  paceClass: "possible",
  pace: "possible",
  inline: "possible",
  outside: "possible",
  slots: "possible",
  threads: "possible",
  gpu: "possible",
  batch: "possible",
  timeout: "possible"
}

/**
 * Declares a stage. Throws `DeclarationError`, with file and line, for a declaration that cannot be.
 *
 *     const count = defineStage({
 *       name: "count",
 *       description: "counts a text's words",
 *       parameters: Schema.Struct({ text: Schema.String }),
 *       label: ({ text }) => text,
 *       inputs: ({ text }) => ({ text: read.node({ text }).output("text") }),
 *       outputs: { counts: { extension: "json", description: "words and how often each occurs" } },
 *       compute: () => new URL("./compute/count.ts", import.meta.url)
 *     })
 *
 * The compute module's default export is a `ComputeOf<typeof count>` (compute-of.ts).
 */
export function defineStage<P, const O extends string, I extends Inputs = Inputs>(
  declaration: StageDeclaration<P, O, I>
): Stage<P, O, I> {
  checkMembers("stage", declaration, MEMBERS, defineStage)
  if (!/^[a-z][a-z0-9-]*$/.test(declaration.name)) {
    throw new DeclarationError({
      where: whereDeclared(`stage '${declaration.name}'`, defineStage),
      problem: "a stage's name is lower-case letters, digits and '-', so that it is safe in a shell and in globs"
    })
  }
  const decode = SchemaParser.decodeUnknownResult(declaration.parameters)
  const read = fittings.get(declaration.parameters) ?? new Map<object, Fitting>()
  fittings.set(declaration.parameters, read)

  /** The parameters as the schema gives them; the very same value where that is equal, so that nothing is kept twice. */
  const parse = (given: P & object): Fitting => {
    const before = read.get(given)
    if (before !== undefined) return before
    let parameters: P = given
    // Thousands of trials fit, and are quickly read when nobody asks where they do not. A member that the schema does
    // not know is left out, which shows.
    const quick = decode(given)
    if (Result.isFailure(quick) || !equalJson(quick.success, given)) {
      const result = decode(given, { errors: "all", onExcessProperty: "error" })
      if (Result.isFailure(result)) {
        throw parameterError(`stage '${declaration.name}'`, problemsIn(result.failure, given))
      }
      parameters = result.success
    }
    const fitting: Fitting = { parameters: parameters as P & Readonly<Record<string, unknown>>, nodes: [] }
    read.set(given, fitting)
    return fitting
  }
  /** Nodes by what was given, and numbers of nodes by their encoded parameters. */
  const known = new Map<string, NodeReference<O>>()
  const numbers = new Map<string, number>()
  const outputs = declaration.outputs
  /** Members that are left out of the encoding: always, or where they have the value that means 'as before'. */
  const leftOut = new Map<string, string | typeof ALWAYS>()
  for (const [name, before] of Object.entries(declaration.asBefore ?? {})) leftOut.set(name, canonical(before))
  for (const name of declaration.hints ?? []) leftOut.set(name, ALWAYS)
  const isLeftOut = (name: string, text: string) => {
    const before = leftOut.get(name)
    return before !== undefined && (before === ALWAYS || before === text)
  }

  function output(this: NodeReference<O>, name: O): OutputReference {
    if (outputs !== "files" && !Object.hasOwn(outputs, name)) {
      const problem = `has no output '${name}': it gives ${Object.keys(outputs).join(", ")}`
      throw new DeclarationError({ where: `stage '${declaration.name}'`, problem })
    }
    return { node: this, output: name }
  }

  const make = (fitting: Fitting, options: NodeOptions): NodeReference<O> => {
    const parameters = fitting.parameters as P & Readonly<Record<string, unknown>>
    const encoded = canonicalWithout(fitting.parameters, isLeftOut)
    let id = numbers.get(encoded)
    if (id === undefined) numbers.set(encoded, (id = nodes++))
    return {
      stage: stage as AnyStage,
      parameters,
      encoded,
      id,
      label: options.name ?? declaration.label(parameters),
      publish: options.publish,
      output
    }
  }
  const find = (fitting: Fitting): NodeReference<O> => {
    let reference = fitting.nodes.find((one) => one.stage === stage)
    if (reference === undefined) fitting.nodes.push((reference = make(fitting, {})))
    return reference
  }

  const stage: Stage<P, O, I> = {
    ...declaration,
    node(given, options = {}) {
      if (options.name !== undefined || options.publish !== undefined) return make(parse(given as P & object), options)
      const fitting = read.get(given as P & object)
      if (fitting !== undefined) return find(fitting)
      const text = briefly(given as Readonly<Record<string, unknown>>)
      let reference = known.get(text)
      if (reference === undefined) known.set(text, (reference = find(parse(given as P & object))))
      return reference
    }
  }
  return stage
}
