/**
 * A pipeline: its data sets, stages and studies; and what the user's targets mean in it.
 */
import { matchesGlob } from "node:path"
import { checkMembers, type Members, whereDeclared } from "./declared.ts"
import type { Design } from "./design.ts"
import type { Draw } from "./draw.ts"
import { DeclarationError, ParameterError, UnknownTarget } from "./errors.ts"
import { buildGraph, closure, type Graph, type Node } from "./graph.ts"
import { hint, nearest } from "./nearest.ts"
import type { AnyStage, NodeReference } from "./stage.ts"
import { type Overrides, ofSettings, type Study, withSettings } from "./study.ts"
import { readVariant } from "./variant.ts"

/** A source of data with a name: the nodes that make it ready for use. */
export interface DataSet {
  readonly name: string
  readonly title: string
  readonly nodes: () => ReadonlyArray<NodeReference>
  /** What shows what it is like: a page. */
  readonly page?: () => NodeReference
}

export interface PipelineDeclaration {
  readonly datasets?: ReadonlyArray<DataSet>
  /** Names of data sets that people look for and that cannot be here, each with the reason. */
  readonly refused?: Readonly<Record<string, string>>
  readonly stages: ReadonlyArray<AnyStage>
  readonly studies: ReadonlyArray<Study>
  /** Names of the studies that `run` without targets brings up to date. */
  readonly default: ReadonlyArray<string>
}

export interface Pipeline extends PipelineDeclaration {
  readonly datasets: ReadonlyArray<DataSet>
}

const MEMBERS: Members<PipelineDeclaration> = {
  datasets: "possible",
  refused: "possible",
  stages: "needed",
  studies: "needed",
  default: "needed"
}

export function definePipeline(declaration: PipelineDeclaration): Pipeline {
  checkMembers("the pipeline", declaration, MEMBERS, definePipeline)
  const pipeline = { ...declaration, datasets: declaration.datasets ?? [] }
  const refuse = (problem: string | undefined) => {
    if (problem !== undefined)
      throw new DeclarationError({ where: whereDeclared("the pipeline", definePipeline), problem })
  }
  for (const kind of ["datasets", "stages", "studies"] as const) refuse(listProblem(kind, pipeline[kind]))
  const names = pipeline.studies.map(({ name }) => name)
  const strange = pipeline.default.find((name) => !names.includes(name))
  refuse(
    strange === undefined
      ? undefined
      : `names '${strange}' as a default study, but has no such study. ${hint(nearest(strange, names))}`.trim()
  )
  return pipeline
}

/** What each list holds, and the member by which that is known. */
const LISTS = {
  datasets: ["data set", "dataSet", "nodes"],
  stages: ["stage", "defineStage", "node"],
  studies: ["study", "defineStudy", "variant"]
} as const

/** What is wrong with a list of the pipeline, whatever it is; undefined if nothing is. */
function listProblem(kind: keyof typeof LISTS, list: unknown): string | undefined {
  const [what, maker, member] = LISTS[kind]
  const expected = `its ${kind}: expected a list of what ${maker}(…) gives`
  if (!Array.isArray(list)) return `${expected}, found no list`
  const seen = new Set<unknown>()
  for (const [i, one] of list.entries()) {
    if (typeof one !== "object" || one === null || !(member in one))
      return `${expected}; item ${i + 1} of it is not a ${what}`
    if (seen.has(one.name)) return `its ${kind} have two called '${one.name}'; rename one`
    seen.add(one.name)
  }
  return undefined
}

/** What targets select: nodes named by them, and all that these need. */
export interface Selection {
  readonly graph: Graph
  /** Indices of the nodes that the targets name. */
  readonly named: ReadonlySet<number>
  /** Of those the ones whose results are asked for: the studies' own nodes, without what these need. */
  readonly wanted: ReadonlySet<number>
  /** All named nodes with all that they need, in graph order. */
  readonly all: ReadonlyArray<number>
  /** Studies that were asked for by name, or by default; variants by their names in full. */
  readonly studies: ReadonlyArray<string>
  /** Those, and the ones that the targets' nodes belong to, with the settings that were asked for. */
  readonly concerned: () => ReadonlyArray<string>
  /** What a budget takes first, of these studies: nodes by index. Undefined if one of them gives no order, or none was asked for. */
  readonly portions: () => ReadonlyArray<ReadonlyArray<number>> | undefined
  /** The portions of those studies that give an order. */
  readonly ordered: () => ReadonlyArray<ReadonlyArray<number>>
  /** Nodes that these studies take only where they are there, and that no other target needs. */
  readonly borrowed: () => ReadonlySet<number>
  /** The studies' claims that more seeds decide. */
  readonly designs: () => ReadonlyArray<Design>
  /** The parts of their grids that are drawn. */
  readonly draws: () => ReadonlyArray<Draw>
}

/**
 * Finds the nodes that targets name: a study, a data set, a stage, a node or a glob over nodes' names. Nodes are looked
 * for in the studies named beside them, then in the default studies, then in all.
 * Throws `UnknownTarget`, `ParameterError`, `CycleError`, `DeclarationError`.
 */
export function select(pipeline: Pipeline, targets: ReadonlyArray<string>, overrides: Overrides = {}): Selection {
  try {
    return find(pipeline, targets, overrides)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    // A stage names its own parameters: the user typed a setting.
    const typed = [...asked(pipeline, targets), ...pipeline.studies].map((study) => {
      const own = targets.flatMap((target) => readVariant(target) ?? []).find((one) => one.study === study.name)
      return { study, settings: { ...own?.overrides, ...overridesFor(study, overrides, new Set()) } }
    })
    for (const { study, settings } of typed) {
      const told = ofSettings(error, study, settings)
      if (told !== error) throw told
    }
    throw typed.map(({ study, settings }) => withSettings(error, study, settings)).find((one) => one !== error) ?? error
  }
}

/** Studies that are asked for by name, also as variants, or by default. */
function asked({ studies, default: unasked }: Pipeline, targets: ReadonlyArray<string>): ReadonlyArray<Study> {
  const names = (targets.length === 0 ? unasked : targets).map((target) => readVariant(target)?.study ?? target)
  return studies.filter(({ name }) => names.includes(name))
}

/** A study with the settings that were asked for. */
interface Bound {
  readonly name: string
  readonly study: Study
  readonly overrides: () => Overrides
  readonly nodes: () => ReadonlyArray<NodeReference>
}

function find(pipeline: Pipeline, targets: ReadonlyArray<string>, overrides: Overrides): Selection {
  const known = new Set<string>()
  const bind = (study: Study, own: Overrides = {}): Bound => {
    const all = () => ({ ...own, ...overridesFor(study, overrides, known) })
    return { name: study.name, study, overrides: all, nodes: () => study.nodes(all()) }
  }
  const groups = new Map(pipeline.studies.map((study) => [study.name, bind(study)]))
  const data = new Map(pipeline.datasets.map((dataset) => [dataset.name, dataset.nodes]))
  const pages = pipeline.datasets.flatMap(({ page }) => page?.() ?? [])
  for (const page of pages) data.set(`${page.stage.name}/${page.label}`, () => [page])
  const asked = targets.length === 0 ? pipeline.default : targets
  for (const target of asked) {
    const variant = readVariant(target)
    const study = pipeline.studies.find(({ name }) => name === variant?.study)
    if (variant !== undefined && study !== undefined) groups.set(target, bind(study, variant.overrides))
  }
  const studies = asked.filter((target) => groups.has(target))
  const others = asked.filter((target) => !groups.has(target))

  const wider = [pipeline.default, pipeline.studies.map((study) => study.name)].map((names) => [
    ...new Set([...studies, ...names])
  ])
  const everywhere = wider[1]
  // Last also among the nodes of data sets that no study takes.
  const scopes = others.every((target) => data.has(target))
    ? [studies]
    : [...(studies.length > 0 ? [studies] : []), ...wider, everywhere]
  let missing: string | undefined
  let several: ReadonlyArray<string> = []
  let refused: ParameterError | undefined
  /** A study that was not asked for may have no place for the settings; then it has no nodes to look among. */
  const nodesOf = (name: string): ReadonlyArray<NodeReference> => {
    try {
      return groups.get(name)!.nodes()
    } catch (error) {
      if (studies.includes(name) || !(error instanceof ParameterError)) throw error
      refused ??= error
      return []
    }
  }
  for (const [turn, scope] of scopes.entries()) {
    const byStudy = scope.map(nodesOf)
    const last = turn > 0 && turn === scopes.length - 1
    // Whose nodes are few: the studies' are not built once more where these have none of that name either.
    if (last && missing !== undefined && several.length < 2) {
      const alone = buildGraph([...pipeline.datasets.flatMap(({ nodes }) => nodes()), ...pages])
      const near = missing.includes("/") ? shortened(alone, missing) : []
      if (matching(alone, missing).length === 0 && near.length === 0) break
    }
    const byData = last
      ? [...pipeline.datasets.flatMap(({ nodes }) => nodes()), ...pages]
      : others.flatMap((target) => data.get(target)?.() ?? [])
    const graph = buildGraph([...byStudy.flat(), ...byData])
    // Nothing else is in the graph where nothing else was asked for.
    const ofStudies = () =>
      closure(
        graph,
        indicesOf(
          graph,
          studies.flatMap((name) => byStudy[scope.indexOf(name)])
        )
      )
    const all = scope === studies && others.length === 0 ? graph.nodes.map(({ index }) => index) : ofStudies()
    const named = new Set(all)
    const wanted = new Set(studies.flatMap((name) => indicesOf(graph, byStudy[scope.indexOf(name)])))
    /** Nodes by name, which belong to studies; those of a data set to none. */
    const byName = new Set<number>()
    missing = undefined
    for (const target of others) {
      const nodes = data.get(target)?.()
      const found = nodes === undefined ? matching(graph, target) : indicesOf(graph, nodes)
      if (found.length === 0) {
        missing = target
        if (target.includes("/") && several.length === 0) several = shortened(graph, target).map(({ name }) => name)
      }
      for (const index of found) {
        named.add(index)
        wanted.add(index)
        if (nodes === undefined) byName.add(index)
      }
    }
    if (missing !== undefined) continue
    checkOverrides(
      pipeline,
      studies.map((name) => groups.get(name)!.study),
      overrides,
      known
    )
    const own = studies.map((name) => groups.get(name)!)
    const ordered = () =>
      own.flatMap(
        ({ study, overrides }) => study.portions?.(overrides()).map((portion) => indicesOf(graph, portion)) ?? []
      )
    const inOrder = own.length > 0 && own.every(({ study }) => study.portions !== undefined)
    const portions = () => (inOrder ? ordered() : undefined)
    const borrowed = () => {
      const lent = new Set(own.flatMap(({ study, overrides }) => indicesOf(graph, study.borrows(overrides()))))
      if (lent.size === 0) return lent
      const lenders = own.flatMap(({ study }, i) => (study.borrows().length > 0 ? [] : indicesOf(graph, byStudy[i])))
      const asked = others.flatMap((target) => matching(graph, target))
      for (const index of closure(graph, [...lenders, ...asked])) lent.delete(index)
      return lent
    }
    const names = [...new Set(own.map(({ study, overrides }) => study.variant(overrides())))]
    const concerned = () => [
      ...names,
      ...scope.flatMap((name, i) => {
        const { study, overrides } = groups.get(name)!
        if (studies.includes(name) || byName.size === 0 || Object.keys(overrides()).length === 0) return []
        const reached = closure(graph, indicesOf(graph, byStudy[i]))
        return reached.some((index) => byName.has(index)) ? [study.variant(overrides())] : []
      })
    ]
    return {
      graph,
      named,
      wanted,
      all: others.length === 0 ? all : closure(graph, named),
      studies: names,
      concerned,
      portions,
      ordered,
      borrowed,
      designs: () => own.flatMap(({ study, overrides }) => study.design?.(overrides()) ?? []),
      draws: () => own.flatMap(({ study, overrides }) => study.draw(overrides()) ?? [])
    }
  }
  if (several.length > 1)
    throw new UnknownTarget({ target: missing!, kind: "single node", suggestions: several.slice(0, 3) })
  if (refused !== undefined) throw refused
  throw unknown(pipeline, missing!, overrides)
}

/** The overrides that mean this study: `NAME`, or `STUDY.NAME`, which goes before. */
function overridesFor(study: Study, overrides: Overrides, known: Set<string>): Overrides {
  const own: Record<string, string> = {}
  for (const setting of Object.keys(study.values)) {
    for (const name of [setting, `${study.name}.${setting}`]) {
      if (!Object.hasOwn(overrides, name)) continue
      own[setting] = overrides[name]
      known.add(name)
    }
  }
  return own
}

/** So many names are told; more are listed by a command of their own. */
const FEW = 12

/** Refuses settings that no study took: of `asked`, where some were asked for by name. */
function checkOverrides(
  { studies }: Pipeline,
  asked: ReadonlyArray<Study>,
  overrides: Overrides,
  known: ReadonlySet<string>
) {
  for (const name of Object.keys(overrides)) {
    if (known.has(name)) continue
    const own = asked.length > 0 ? asked : studies
    const knows = (study: Study) => Object.keys(overridesFor(study, { [name]: "" }, new Set())).length > 0
    const having = studies.filter((study) => !own.includes(study) && knows(study))
    const settings = [...new Set(own.flatMap(({ values }) => Object.keys(values)))]
    const names = own.flatMap((study) => Object.keys(study.values).flatMap((one) => [one, `${study.name}.${one}`]))
    const help =
      having.length > 0
        ? `It is one of ${having.map((study) => `'${study.name}'`).join(", ")}.`
        : hint(nearest(name, names)) ||
          (settings.length > FEW ? "`pipeline list` shows those that there are." : `There are ${settings.join(", ")}.`)
    const whose =
      own.length === 1 ? `study '${own[0].name}' has no setting` : "no study that was asked for has a setting"
    throw new ParameterError({ where: `${name} = ${overrides[name]}`, problems: [`${whose} '${name}'. ${help}`] })
  }
}

const indicesOf = (graph: Graph, references: ReadonlyArray<NodeReference>): ReadonlyArray<number> =>
  references.flatMap((reference) => graph.indexOf(reference) ?? []).sort((a, b) => a - b)

/** Nodes that a stage's name, a node's name or a glob means; a `*` spans any part of a name, '/' included. */
function matching(graph: Graph, target: string): ReadonlyArray<number> {
  const exact = graph.byName.get(target)
  if (exact !== undefined) return [exact.index]
  const indices = (test: (node: Node) => boolean) => graph.nodes.filter(test).map((node) => node.index)
  if (!/[*?[{]/.test(target)) {
    const ofStage = indices((node) => node.stage.name === target)
    if (ofStage.length > 0) return ofStage
    const short = shortened(graph, target)
    return short.length === 1 ? [short[0].index] : []
  }
  const flat = (text: string) => text.replaceAll("/", "\u2215")
  const pattern = flat(target).replaceAll("**", "*")
  return indices((node) => matchesGlob(flat(node.name), pattern))
}

/** Nodes whose names begin so, or else have all these parts in this order: `train/layers=4,seed=0`. */
function shortened({ nodes }: Graph, target: string): ReadonlyArray<Node> {
  const begin = nodes.filter(({ name }) => name.startsWith(target))
  if (begin.length > 0) return begin
  const partsOf = (name: string) => name.split(/[/,]/)
  const typed = partsOf(target)
  return nodes.filter(({ name }) => {
    let next = 0
    for (const part of partsOf(name)) if (part === typed[next]) next++
    return next === typed.length
  })
}

function unknown(pipeline: Pipeline, target: string, overrides: Overrides): UnknownTarget | ParameterError {
  if (pipeline.stages.some(({ name }) => name === target)) {
    throw new DeclarationError({
      where: `the stage '${target}'`,
      problem: `is declared, but no study uses it, so it has no nodes: name them among the \`nodes\` of a study, or as an input of a stage that has some`
    })
  }
  const groups = [...pipeline.studies, ...pipeline.stages, ...pipeline.datasets].map(({ name }) => name)
  if (!target.includes("/")) {
    const [study, ...settings] = target.split("@")
    if (settings.length > 0 && pipeline.studies.some(({ name }) => name === study)) {
      const problem = `'${target}' names no variant: expected ${study}@NAME=VALUE,…`
      return new ParameterError({ where: `study '${study}'`, problems: [problem] })
    }
    const reason = Object.hasOwn(pipeline.refused ?? {}, target) ? pipeline.refused?.[target] : undefined
    if (reason !== undefined) return new UnknownTarget({ target, kind: "data set", suggestions: [], reason })
    const suggestions = nearest(study, groups).map((name) => [name, ...settings].join("@"))
    return new UnknownTarget({ target, kind: "study, stage, data set or node", suggestions })
  }
  const nodes = pipeline.default.flatMap((name) => {
    const study = pipeline.studies.find((one) => one.name === name)!
    return buildGraph(study.nodes(overridesFor(study, overrides, new Set()))).nodes.map((node) => node.name)
  })
  return new UnknownTarget({ target, kind: "node", suggestions: nearest(target, nodes) })
}
