/** Means of trials: exactly what was named is merged. */
import { expect, test } from "vitest"
import { pivotOf, WouldMerge } from "../../src/view/pivot.ts"
import type { Kind, TrialTable, Value } from "../../src/view/trials.ts"

const columns = (
  [
    ["layers", "parameter"],
    ["seed", "parameter"],
    ["dataset", "parameter"],
    ["dataset.shape.height", "parameter"],
    ["loss", "metric"],
    ["numericClass", "origin"],
    ["seconds", "origin"]
  ] satisfies ReadonlyArray<readonly [string, Kind]>
).map(([name, kind]) => ({ name, kind }))

const table = (...rows: ReadonlyArray<ReadonlyArray<Value>>): TrialTable => ({
  columns,
  rows: rows.map((row, i) => [...row, "wasm-f32", i].slice(0, columns.length)),
  without: { missing: 0, stale: 0, failed: 0, absent: 0 }
})
const axes = { rows: ["layers"], cols: [], metric: "loss", over: ["seed"] }

test("a cell has mean, standard error of the mean, number, least and most; what is no number is counted apart", () => {
  const { down, cells } = pivotOf(
    table([2, 0, "a", 8, 1], [2, 1, "a", 8, 2], [2, 2, "a", 8, 6], [2, 3, "a", 8, null], [10, 0, "a", 8, 5]),
    axes
  )
  expect(down).toEqual([[2], [10]])
  // Sample variance of 1, 2, 6 is 7.
  expect(cells[0][0]).toEqual({ n: 3, mean: 3, standardError: Math.sqrt(7 / 3), least: 1, most: 6, without: 1 })
  expect(cells[1][0]).toEqual({ n: 1, mean: 5, standardError: null, least: 5, most: 5, without: 0 })
})

test("what differs within a cell and is not named is refused, also the numeric class; a metric or a time may differ", () => {
  const two = table([2, 0, "a", 8, 1], [2, 1, "b", 9, 2])
  expect(() => pivotOf(two, axes)).toThrow(WouldMerge)
  expect(pivotOf(two, { ...axes, over: ["seed", "dataset"] }).cells[0][0]).toMatchObject({ n: 2, mean: 1.5 })
  expect(pivotOf(two, { ...axes, cols: ["dataset"] }).across).toEqual([["a"], ["b"]])
  expect(() => pivotOf(two, { ...axes, cols: ["dataset"], over: [] })).not.toThrow()
  const classes = {
    ...two,
    rows: two.rows.map((row, i) =>
      row
        .with(2, "a")
        .with(3, 8)
        .with(5, i === 0 ? "x" : "y")
    )
  }
  expect(() => pivotOf(classes, axes)).toThrow("numericClass")
  expect(() => pivotOf(table([2, 0, "a", 8, 1], [2, 1, "a", 8, 1]), { ...axes, over: [] })).toThrow("seed")
})
