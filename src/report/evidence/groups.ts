/** Values in groups, in the order in which they come. */

export function distinct<T>(values: Iterable<T>): ReadonlyArray<T> {
  return [...new Set(values)]
}

export const ascending = (a: number, b: number): number => a - b

/** Groups in the order of their first member. */
export function groupBy<T>(values: Iterable<T>, key: (value: T) => string): ReadonlyMap<string, ReadonlyArray<T>> {
  const groups = new Map<string, Array<T>>()
  for (const value of values) {
    const name = key(value)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [value])
    else group.push(value)
  }
  return groups
}
