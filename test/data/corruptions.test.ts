/**
 * Corrupted pictures, beside what the libraries of CIFAR-10-C's and MNIST-C's authors make of the same pictures
 * (test/fixtures/corruptions/make.py), and by their laws where chance has a part.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { motionBlur } from "../../src/data/corruptions/blur.ts"
import { corruptPicture } from "../../src/data/corruptions/corrupted.ts"
import { CORRUPTIONS, type CorruptionKind, KINDS, SEVERITIES, type Severity } from "../../src/data/corruptions/kinds.ts"
import { gaussianNoise, impulseNoise, shotNoise, speckleNoise } from "../../src/data/corruptions/noise.ts"
import { type Corrupt, cut, nearest, type Picture } from "../../src/data/corruptions/picture.ts"
import { rotate, shear, translate } from "../../src/data/corruptions/warp.ts"
import { list, named, number, parse, record, text, whole } from "../../src/data/json.ts"
import { type Random, random } from "../../src/network/philox.ts"

const known = parse(
  readFileSync(new URL("../fixtures/corruptions/expected.json", import.meta.url)),
  record({
    angle: number,
    pictures: named(record({ height: whole, width: whole, channels: whole, bytes: text })),
    expected: named(named(named(text)))
  })
)
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"))
const pictures: Readonly<Record<string, Picture>> = Object.fromEntries(
  Object.entries(known.pictures).map(([name, { bytes, ...size }]) => [name, { ...size, bytes: bytesOf(bytes) }])
)

/** The one outcome that the fixture has of what chance decides: an angle, and the first way. */
const decided: Random = { ...random(0, ""), uniform: () => (known.angle + 45) / 90, word: () => 0 }
const chosen: { readonly [K in CorruptionKind]?: (picture: Picture, severity: Severity) => Uint8Array } = {
  "motion-blur": (picture, severity) => motionBlur(picture, KINDS["motion-blur"].constants[severity - 1], decided),
  rotate: (picture, severity) => rotate(picture, KINDS.rotate.constants[severity - 1], decided),
  shear: (picture, severity) => shear(picture, KINDS.shear.constants[severity - 1], decided),
  translate: (picture, severity) => translate(picture, KINDS.translate.constants[severity - 1], decided)
}

const kindNamed = (name: string) => CORRUPTIONS.find((kind) => kind === name)!
const severityOf = (text: string) => SEVERITIES.find((one) => String(one) === text)!

describe("a corruption is what the authors' libraries make of it", () => {
  test.for(Object.keys(known.expected))("%s", (name) => {
    const kind = kindNamed(name)
    for (const [level, made] of Object.entries(known.expected[name])) {
      for (const [which, expected] of Object.entries(made)) {
        const severity = severityOf(level)
        const got = (chosen[kind] ?? ((picture) => corruptPicture(picture, kind, severity)))(pictures[which], severity)
        const apart = Array.from(bytesOf(expected), (value, i) => Math.abs(value - got[i]))
        const [most, mean] = [Math.max(...apart), apart.reduce((a, b) => a + b, 0) / apart.length]
        expect(got).toHaveLength(apart.length)
        // libjpeg's transforms are in whole numbers: now and then a coefficient is the next step.
        if (kind === "jpeg")
          expect([most <= 8, mean < 0.8], `${which} ${level}: ${most}, ${mean}`).toEqual([true, true])
        else expect([most <= 1, mean < 0.005], `${which} ${level}: ${most}, ${mean}`).toEqual([true, true])
      }
    }
  })
})

describe("noise follows its law", () => {
  const n = 40_000
  const flat = (byte: number): Picture => ({
    channels: 1,
    height: 200,
    width: 200,
    bytes: new Uint8Array(n).fill(byte)
  })
  const made = <C>(way: Corrupt<C>, byte: number, constants: C) => [...way(flat(byte), constants, random(1, "test"))]
  const mean = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0) / values.length
  const deviation = (values: ReadonlyArray<number>) => {
    const middle = mean(values)
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
  }

  test("of a normal distribution, in every value or in proportion to it", () => {
    const noise = made(gaussianNoise, 128, 0.1)
    // What is below a whole step is cut off: half a step on average.
    expect(Math.abs(mean(noise) - 127.5)).toBeLessThan((5 * 25.5) / Math.sqrt(n))
    expect(Math.abs(deviation(noise) / 25.5 - 1)).toBeLessThan(0.02)
    const share = (values: ReadonlyArray<number>, beyond: number) =>
      values.filter((value) => Math.abs(value + 0.5 - 128) > beyond * 25.5).length / n
    // 31.7 % beyond one deviation, 4.55 % beyond two, 0.27 % beyond three.
    for (const [beyond, expected] of [
      [1, 0.3173],
      [2, 0.0455],
      [3, 0.0027]
    ])
      expect(Math.abs(share(noise, beyond) - expected)).toBeLessThan(5 * Math.sqrt(expected / n) + 0.003)
    const speckle = made(speckleNoise, 64, 0.2)
    expect(Math.abs(deviation(speckle) / 12.8 - 1)).toBeLessThan(0.02)
    expect(new Set(made(speckleNoise, 0, 0.2))).toEqual(new Set([0]))
  })

  test("of Poisson's distribution, dark or bright", () => {
    for (const [byte, rate] of [
      [3, 50],
      [51, 250],
      [128, 60]
    ]) {
      const counts = made(shotNoise, byte, rate).map((value) => Math.ceil((value / 255) * rate - 1e-9))
      const expected = (byte / 255) * rate
      expect(Math.abs(mean(counts) - expected)).toBeLessThan(5 * Math.sqrt(expected / n))
      expect(Math.abs(deviation(counts) ** 2 / expected - 1)).toBeLessThan(0.05)
      // P(0) = e^-rate, where it is not too small to be seen.
      const none = counts.filter((count) => count === 0).length / n
      expect(Math.abs(none - Math.exp(-expected))).toBeLessThan(5 * Math.sqrt(Math.exp(-expected) / n) + 1e-9)
    }
    expect(new Set(made(shotNoise, 0, 500))).toEqual(new Set([0]))
  })

  test("of black and white values, which are so at higher severities too", () => {
    const few = made(impulseNoise, 100, 0.05)
    const [black, white] = [0, 255].map((byte) => few.filter((value) => value === byte).length / n)
    for (const share of [black, white]) expect(Math.abs(share - 0.025)).toBeLessThan(5 * Math.sqrt(0.025 / n))
    expect(black + white + few.filter((value) => value === 100).length / n).toBe(1)
    const more = made(impulseNoise, 100, 0.2)
    for (const [i, value] of few.entries()) if (value !== 100) expect(more[i]).toBe(value)
  })
})

test("bytes that nothing is done to stay, whichever way they are rounded", () => {
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  expect(all.map((byte) => cut(byte / 255))).toEqual(all)
  expect(all.map((byte) => nearest(byte / 255))).toEqual(all)
  expect([-0.1, 1.5, Number.NaN].map(cut)).toEqual([0, 255, 0])
})

describe("a picture", () => {
  const kindsFor = (channels: number) => CORRUPTIONS.filter((kind) => channels === 3 || kind !== "saturate")
  const one = fc
    .record({
      channels: fc.constantFrom(1, 3),
      height: fc.integer({ min: 1, max: 20 }),
      width: fc.integer({ min: 1, max: 20 })
    })
    .chain((shape) => {
      const size = shape.channels * shape.height * shape.width
      return fc.record({
        kind: fc.constantFrom(...kindsFor(shape.channels)),
        severity: fc.constantFrom(...SEVERITIES),
        shape: fc.constant(shape),
        bytes: fc.uint8Array({ minLength: size, maxLength: size })
      })
    })

  test("of any size becomes one of the same size, which depends on nothing but itself", () => {
    fc.assert(
      fc.property(one, ({ shape, bytes, kind, severity }) => {
        const before = Uint8Array.from(bytes)
        const made = corruptPicture({ ...shape, bytes }, kind, severity)
        expect(made).toHaveLength(before.length)
        expect(bytes).toEqual(before)
        // Among others, too.
        const many = Uint8Array.from([...before, ...before, 1, 2, 3])
        const part = many.subarray(before.length, 2 * before.length)
        expect(corruptPicture({ ...shape, bytes: part }, kind, severity)).toEqual(made)
      }),
      { numRuns: 150 }
    )
  })

  test("of a number of channels that a kind is not for is refused", () => {
    const two: Picture = { channels: 2, height: 1, width: 1, bytes: new Uint8Array(2) }
    for (const kind of ["brightness", "saturate", "jpeg"] as const)
      expect(() => corruptPicture(two, kind, 1)).toThrow(/1 channel \(grey\) or 3 \(colour\)|expected 1 \(grey\) or 3/)
  })

  /** Of all severities of the three pictures of the fixture, one after the other. */
  const digestOf = (kind: CorruptionKind) => {
    const hash = createHash("sha256")
    for (const severity of SEVERITIES)
      for (const picture of Object.values(pictures))
        if (kindsFor(picture.channels).includes(kind)) hash.update(corruptPicture(picture, kind, severity))
    return hash.digest("hex").slice(0, 16)
  }

  test("has the same bits on every machine", () => {
    expect(Object.fromEntries(CORRUPTIONS.map((kind) => [kind, digestOf(kind)]))).toEqual(DIGESTS)
  })
})

test("constants are those that the authors name", () => {
  expect(KINDS["gaussian-noise"].constants).toEqual([0.04, 0.06, 0.08, 0.09, 0.1])
  expect(list(number)(KINDS["shot-noise"].constants, "")).toEqual([500, 250, 100, 75, 50])
  expect(KINDS.jpeg.constants).toEqual([80, 65, 58, 50, 40])
})

const DIGESTS: Readonly<Record<CorruptionKind, string>> = {
  "gaussian-noise": "8166ba759e4890f6",
  "shot-noise": "db6bc5e08a3faca3",
  "impulse-noise": "8de0f3ce711e3a2e",
  "speckle-noise": "1a13ee253813095a",
  "gaussian-blur": "f725d636debee20d",
  "defocus-blur": "266ab91e7fb83303",
  "motion-blur": "2128e220536f9a5a",
  brightness: "cf47670b263760f4",
  contrast: "562ef151cb35945a",
  saturate: "d8c51492dfca8827",
  pixelate: "99e86706c6f05610",
  jpeg: "3f829d26093e6b4b",
  "mnist-shot-noise": "beec874fe57e7cbf",
  "mnist-impulse-noise": "743ac3ac7bb87dc0",
  "mnist-motion-blur": "79ee70acfd415515",
  "mnist-brightness": "4c54459b943e8d06",
  shear: "ebd19df3b382ce69",
  scale: "1825b89538f95c75",
  rotate: "4ea746f86da92194",
  translate: "fc27cd04d596eb0d",
  stripe: "ede4d6ac3d087307"
}
