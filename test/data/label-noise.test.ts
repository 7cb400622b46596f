/** Labels that are wrong on purpose: which ones, what they become, and that the true ones stay. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as fc from "fast-check"
import { describe, expect, onTestFinished, test } from "vitest"
import { readImageSet, writeImageSets } from "../../src/data/examples.ts"
import { copyImage } from "../../src/data/images.ts"
import { besideTrueLabels, noisyLabels, trueLabelsOf } from "../../src/data/label-noise.ts"
import { writeSet } from "../../src/data/stored.ts"
import { artifact } from "../support/artifact.ts"

const numbersTo = (n: number) => Uint32Array.from({ length: n }, (_, i) => i)
const kinds = fc.constantFrom("symmetric" as const, "pair-flip" as const)
const seeds = fc.nat(2 ** 32 - 1)

describe("label noise", () => {
  test("of none changes nothing, of all changes every label, and never to one that there is not", () => {
    const given = fc.integer({ min: 2, max: 300 }).chain((classes) =>
      fc.record({
        classes: fc.constant(classes),
        labels: fc.array(fc.nat(classes - 1), { maxLength: 40 }),
        kind: kinds,
        seed: seeds,
        share: fc.double({ min: 0, max: 1, noNaN: true })
      })
    )
    fc.assert(
      fc.property(given, ({ classes, labels: list, kind, seed, share }) => {
        const labels = classes > 256 ? Uint16Array.from(list) : Uint8Array.from(list)
        const made = (share: number) => noisyLabels(labels, numbersTo(list.length), classes, { share, kind }, seed)
        expect(made(0)).toEqual(labels)
        expect([...made(1)].every((label, i) => label !== labels[i] && label < classes)).toBe(true)
        expect([...labels]).toEqual(list)
        for (const [i, label] of made(share).entries()) {
          if (label === labels[i]) continue
          expect(label).toBe(made(1)[i])
          if (kind === "pair-flip") expect(label).toBe((labels[i] + 1) % classes)
        }
      }),
      { numRuns: 60 }
    )
  })

  test("depends on an example alone: not on the order, the subset, or how much of it there is", () => {
    const labels = Uint8Array.from({ length: 400 }, (_, i) => i % 10)
    const noise = { share: 0.3, kind: "symmetric" } as const
    const all = noisyLabels(labels, numbersTo(400), 10, noise, 5)
    const order = numbersTo(400)
      .reverse()
      .filter((i) => i % 3 !== 0)
    const some = noisyLabels(
      Uint8Array.from(order, (i) => labels[i]),
      order,
      10,
      noise,
      5
    )
    expect([...some]).toEqual(Array.from(order, (i) => all[i]))
    const more = noisyLabels(labels, numbersTo(400), 10, { ...noise, share: 0.6 }, 5)
    for (const [i, label] of all.entries()) if (label !== labels[i]) expect(more[i]).toBe(label)
    expect(noisyLabels(labels, numbersTo(400), 10, noise, 6)).not.toEqual(all)
  })

  test("is of the declared share, over the other classes alike", () => {
    const n = 20_000
    const classes = 5
    const labels = new Uint8Array(n)
    const noisy = noisyLabels(labels, numbersTo(n), classes, { share: 0.2, kind: "symmetric" }, 1)
    const counts = new Array<number>(classes).fill(0)
    for (const label of noisy) counts[label]++
    const wrong = n - counts[0]
    // Within five standard deviations of the binomial distribution.
    expect(Math.abs(wrong - 0.2 * n)).toBeLessThan(5 * Math.sqrt(0.2 * 0.8 * n))
    for (const count of counts.slice(1))
      expect(Math.abs(count - wrong / 4)).toBeLessThan(5 * Math.sqrt((wrong * 3) / 16))
  })

  test("needs several classes", () => {
    const one = () => noisyLabels(new Uint8Array(2), numbersTo(2), 1, { share: 1, kind: "pair-flip" }, 0)
    expect(one).toThrow("label noise needs several classes")
  })
})

describe("a set with noisy labels", () => {
  const set = {
    ...{ channels: 1, height: 1, width: 2, classes: 3, count: 3 },
    images: Uint8Array.of(1, 2, 3, 4, 5, 6),
    labels: Uint8Array.of(1, 1, 2)
  }

  test("is read as any other, and its true labels beside it", () => {
    const path = join(mkdtempSync(join(tmpdir(), "pipeline-noise-")), "set")
    onTestFinished(() => rmSync(dirname(path), { recursive: true }))
    writeSet(path, set, besideTrueLabels(set.labels, Uint8Array.of(0, 1, 2)), (i, to, at) =>
      copyImage(set.images, i, 2, to, at)
    )
    const bytes = readFileSync(path)
    expect(readImageSet(bytes, "x")).toEqual(set)
    expect([...trueLabelsOf(artifact(bytes))]).toEqual([0, 1, 2])
  })

  test("is not any set", () => {
    expect(() => trueLabelsOf(artifact(writeImageSets({ "": set }), "x"))).toThrow("x: expected true labels")
  })
})
