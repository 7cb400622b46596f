/** What is suggested for a name that is mistyped. */
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { hint, nearest } from "../../src/graph/nearest.ts"

const names = ["quick", "paper", "optimizers", "overfitting", "train", "evaluate", "layers", "seed", "seeds"]

test("slips of the fingers are found, nearest first, three at most", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["quik", ["quick"]],
    ["qiuck", ["quick"]],
    ["optimisers", ["optimizers"]],
    ["over", ["overfitting"]], // its beginning
    ["sed", ["seed"]], // of three letters, one may be wrong
    ["seet", ["seed", "seeds"]],
    ["layer", ["layers", "paper"]],
    ["Paper", ["paper"]]
  ]
  for (const [typed, found] of cases) expect(nearest(typed, names), typed).toEqual(found)
  expect(nearest("ax", ["a1", "a2", "a3", "a4"])).toEqual(["a1", "a2", "a3"])
})

test("other words are not suggested", () => {
  for (const typed of ["", "xyz", "the", "table", "evaporate", "q"])
    expect(nearest(typed, names.slice(1)), typed).toEqual([])
})

test("a name that stands twice is suggested once", () => {
  expect(nearest("sead", ["seed", "seeds", "seed"])).toEqual(["seed", "seeds"])
})

test("whatever is typed, only names that there are come back, without repetition", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ maxLength: 6 })), (typed, known) => {
      const found = nearest(typed, known)
      expect(found.length).toBeLessThanOrEqual(3)
      expect(new Set(found).size).toBe(found.length)
      for (const name of found) expect(known).toContain(name)
    })
  )
})

test("a hint names them all, and nothing where there is none", () => {
  expect(hint([])).toBe("")
  expect(hint(["quick"])).toBe("Did you mean 'quick'?")
  expect(hint(["a", "b"])).toBe("Did you mean 'a' or 'b'?")
})
