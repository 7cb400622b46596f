/**
 * What stands in one figure: trials of one scope that differ in layers, filters, depth and seed alone. Kernels and
 * activations have figures of their own, as long as these are few; what is not drawn is said.
 */
import { distinct, groupBy } from "../evidence/groups.ts"
import { type Scope, scopeCells, scopeColumns, slugOf } from "../evidence/scope.ts"
import type { Trial } from "../evidence/trial.ts"
import { count } from "../page/format.ts"
import type { Cell, Column } from "../page/tables.ts"

export interface Facet<T extends Trial = Trial> {
  readonly scope: Scope
  readonly trials: ReadonlyArray<T>
  /** "mnist", or where others stand beside it "mnist, kernel 3, relu". */
  readonly name: string
  readonly slug: string
  /** First columns of the data of its figures. */
  readonly columns: ReadonlyArray<Column>
  readonly cells: ReadonlyArray<Cell>
}

function facetsOf<T extends Trial>(trials: ReadonlyArray<T>): ReadonlyArray<Facet<T>> {
  const kernels = new Set(trials.map((t) => t.network.kernel)).size > 1
  const activations = new Set(trials.map((t) => t.network.activation)).size > 1
  const groups = groupBy(trials, ({ network }) => `${network.kernel}/${network.activation}`)
  return [...groups.values()].map((own, i) => {
    const [{ scope, network }] = own
    const parts = [...(kernels ? [`kernel ${network.kernel}`] : []), ...(activations ? [network.activation] : [])]
    const name = [scope.name, ...parts].join(", ")
    return {
      scope,
      trials: own,
      name,
      // The first has its scope's, by which claims know its figures.
      slug: i === 0 ? scope.slug : slugOf(name),
      columns: [
        ...scopeColumns([scope]),
        { name: "kernel", title: "kernel" },
        { name: "activation", title: "activation" }
      ],
      cells: [...scopeCells(scope), network.kernel, network.activation]
    }
  })
}

/** Facets that a page has figures of. */
const MOST = 8

export interface Drawn<T extends Trial> {
  /** By the name of their scope. */
  readonly facets: ReadonlyMap<string, ReadonlyArray<Facet<T>>>
  /** What is not drawn, in a sentence. */
  readonly left: string | undefined
}

/** What figures are drawn of: everything, or where that is too much the first of each scope's facets, or nothing. */
export function drawn<T extends Trial>(trials: ReadonlyArray<T>): Drawn<T> {
  const scopes = [...groupBy(trials, (t) => t.scope.name)].map(([name, own]) => ({ name, facets: facetsOf(own) }))
  const all = scopes.flatMap(({ facets }) => facets)
  const told = "the tables have all their numbers, the table of networks each of them."
  if (all.length <= MOST) return { facets: new Map(scopes.map(({ name, facets }) => [name, facets])), left: undefined }
  if (scopes.length > MOST) {
    const axes = distinct(scopes.flatMap(({ facets }) => facets[0].scope.cells.map(([axis]) => axis)))
    const left = `No figures: ${axes.join(", ")} make ${count(scopes.length, "kind")} of training, more than ${MOST}, and what differs in them is never drawn as one; ${told}`
    return { facets: new Map(), left }
  }
  const firsts = scopes.map(({ name, facets }) => [name, facets.slice(0, 1)] as const)
  const [{ network }] = all[0].trials
  const left = `Figures over layers and filters show kernel ${network.kernel}, ${network.activation}: ${all.length} combinations of training, kernel size and activation are too many to draw, and they are never drawn as one; ${told}`
  return { facets: new Map(firsts), left }
}
