import { describe, expect, test } from "vitest"
import { stratifiedSplit } from "../../src/data/split.ts"

const labels = Uint8Array.from({ length: 1000 }, (_, i) => (i % 10 < 5 ? 0 : (i % 3) + 1))
const count = (indices: Uint32Array, label: number) => indices.filter((i) => labels[i] === label).length

describe("a stratified split", () => {
  test("gives every example to one side", () => {
    const { train, validation } = stratifiedSplit(labels, 203, 1)
    expect(validation.length).toBe(203)
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from(labels, (_, i) => i))
  })

  test("keeps each class's share to less than one example", () => {
    const { validation } = stratifiedSplit(labels, 203, 1)
    for (const label of [0, 1, 2, 3]) {
      const share = (labels.filter((l) => l === label).length * 203) / 1000
      expect(Math.abs(count(validation, label) - share)).toBeLessThan(1)
    }
  })

  test("goes by the classes that have examples: there may be others", () => {
    const few = Uint16Array.of(7, 299, 7, 299, 7, 7)
    const { train, validation } = stratifiedSplit(few, 3, 1)
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
    expect([...validation].filter((i) => few[i] === 299)).toHaveLength(1)
  })

  test("is the seed's own", () => {
    expect(stratifiedSplit(labels, 203, 1)).toEqual(stratifiedSplit(labels, 203, 1))
    expect(stratifiedSplit(labels, 203, 2).validation).not.toEqual(stratifiedSplit(labels, 203, 1).validation)
  })

  test("leaves something on both sides", () => {
    for (const n of [0, 1000, 1.5]) expect(() => stratifiedSplit(labels, n, 1)).toThrow(`found ${n}`)
  })
})
