/**
 * Collections: what a node collects from others, each member there or missing. A stage declares one as a list of
 * outputs, or of records and lists of outputs (`{ history, metrics, moments: […] }` for each trial); its compute module
 * is given the same with inputs in the places of outputs, so that nothing is told by counting.
 */

/** `L`: what stands for a member: an output as declared, its place among the sources, its digest, the input itself. */
export type Collection<L> = ReadonlyArray<Collected<L>>
export type Collected<L> = L | ReadonlyArray<Collected<L>> | { readonly [name: string]: Collected<L> | undefined }

/** Members' places in a flat list: 0, 1, 2 … as they come. */
export type Shape = Collection<number>

const isList = <L>(collected: Collected<L>): collected is ReadonlyArray<Collected<L>> => Array.isArray(collected)

/**
 * The members in the order of their places, and the shape that they stand in. Members of records are taken by name, so
 * that their order in the declaration does not matter; those that are undefined are left out.
 */
export function flatten<L>(
  collection: Collection<L>,
  isMember: (collected: Collected<L>) => collected is L
): { readonly members: ReadonlyArray<L>; readonly shape: Shape } {
  const members: Array<L> = []
  const place = (collected: Collected<L>): Collected<number> => {
    if (isMember(collected)) return members.push(collected) - 1
    if (isList(collected)) return collected.map(place)
    const record: Record<string, Collected<number>> = {}
    for (const name of Object.keys(collected).sort()) {
      const one = collected[name]
      if (one !== undefined) record[name] = place(one)
    }
    return record
  }
  return { shape: collection.map(place), members }
}

/** What stands at each place, in the shape of the collection. */
export function arrange<L>(shape: Shape, at: (place: number) => L): Collection<L> {
  const member = (collected: Collected<number>): Collected<L> => {
    if (typeof collected === "number") return at(collected)
    if (isList(collected)) return collected.map(member)
    const record: Record<string, Collected<L>> = {}
    for (const name in collected) {
      const one = collected[name]
      if (one !== undefined) record[name] = member(one)
    }
    return record
  }
  return shape.map(member)
}

const isText = (collected: Collected<string>): collected is string => typeof collected === "string"

/** The members' digests, in the order of their places. */
export const digestsIn = (collection: Collection<string>): ReadonlyArray<string> => flatten(collection, isText).members

/**
 * What is in a list of parameters, each with the record that the stage collects of it. Throws `RangeError` where they are
 * not as many.
 */
export function withCollected<A, R>(
  list: ReadonlyArray<A>,
  records: ReadonlyArray<R>
): ReadonlyArray<readonly [one: A, collected: R]> {
  if (list.length !== records.length)
    throw new RangeError(`${records.length} records are collected of ${list.length}: a stage collects one of each`)
  return list.map((one, i) => [one, records[i]])
}
