/** Suggestions for what was mistyped. */

export const hint = (names: ReadonlyArray<string>) =>
  names.length === 0 ? "" : `Did you mean ${names.map((name) => `'${name}'`).join(" or ")}?`

/** Up to three names that are near to what was typed. */
export function nearest(typed: string, names: ReadonlyArray<string>): ReadonlyArray<string> {
  if (typed === "") return []
  // Of three letters two others are another word.
  const limit = typed.length <= 3 ? 1 : Math.max(2, Math.floor(typed.length / 4))
  return [...new Set(names)]
    .map((name) => ({ name, far: name.startsWith(typed) ? 1 : distance(typed, name) }))
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]
}
