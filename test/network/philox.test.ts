import { describe, expect, test } from "vitest"
import { philox, random } from "../../src/network/philox.ts"

/** Random123 1.14, tests/kat_vectors, the lines "philox4x32 10": counter, key, expected block. */
const VECTORS = `
00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8
ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd
243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1`

describe("Philox 4×32-10", () => {
  test.each(VECTORS.trim().split("\n"))("gives the published vector %s", (line) => {
    const words = line.split(" ").map((word) => Number.parseInt(word, 16))
    expect([...philox(words.slice(0, 4), words.slice(4, 6))]).toEqual(words.slice(6))
  })
})

describe("a stream", () => {
  test("is the same for the same seed and purpose, another for another", () => {
    const take = (seed: number, purpose: string) => {
      const stream = random(seed, purpose)
      return Array.from({ length: 10 }, () => stream.word())
    }
    expect(take(1, "a")).toEqual(take(1, "a"))
    expect(take(1, "a")).not.toEqual(take(2, "a"))
    expect(take(1, "a")).not.toEqual(take(1, "b"))
    expect(take(11, "a")).not.toEqual(take(1, "1a"))
  })

  test("is uniform in [0, 1): mean, variance and ends", () => {
    const { uniform } = random(7, "test")
    const n = 20000
    const values = Array.from({ length: n }, uniform)
    const mean = values.reduce((a, b) => a + b) / n
    const variance = values.reduce((a, b) => a + (b - 0.5) ** 2, 0) / n
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
  })

  test("chooses below n without bias (χ² over 7 cells)", () => {
    const { below } = random(3, "below")
    const counts = new Array(7).fill(0)
    for (let i = 0; i < 70000; i++) counts[below(7)]++
    const chiSquare = counts.reduce((sum, c) => sum + (c - 10000) ** 2 / 10000, 0)
    expect(chiSquare).toBeLessThan(22.46) // 0.999 quantile, 6 degrees of freedom
  })

  test("permutes: every number once, every order as often (χ² over the 24 orders of 4)", () => {
    const sorted = [...random(1, "p").permutation(1000)].sort((a, b) => a - b)
    expect(sorted).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    const stream = random(5, "orders")
    const counts = new Map<string, number>()
    for (let i = 0; i < 24000; i++) {
      const order = stream.permutation(4).join("")
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    const chiSquare = [...counts.values()].reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(49.73) // 0.999 quantile, 23 degrees of freedom
  })

  test("refuses a seed that is no whole number", () => {
    expect(() => random(0.5, "x")).toThrow("a seed is a whole number, not 0.5")
  })
})
