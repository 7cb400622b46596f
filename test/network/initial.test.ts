import { describe, expect, test } from "vitest"
import { initialValues } from "../../src/network/initial.ts"
import { type Network, overdetermination, parameterCount, tensors } from "../../src/network/network.ts"

const network: Network = {
  channels: 3,
  height: 6,
  width: 5,
  classes: 10,
  layers: 4,
  depth: 4,
  filters: 8,
  kernel: 3,
  activation: "relu",
  residual: true
}
const named = (n: Network, values: Float32Array) =>
  new Map(tensors(n).map(({ name, offset, size }) => [name, values.subarray(offset, offset + size)]))

describe("the family of networks", () => {
  test("has P = (K²CF + F) + N(K²F² + F) + (HWF·M + M) parameters", () => {
    expect(parameterCount(network)).toBe(9 * 3 * 8 + 8 + 4 * (9 * 64 + 8) + 30 * 8 * 10 + 10)
    const paper = { ...network, channels: 1, height: 28, width: 28, layers: 1, filters: 1 }
    expect(parameterCount({ ...paper, depth: 1 })).toBe(7870)
    expect(parameterCount({ ...paper, layers: 32, filters: 32, kernel: 7 })).toBe(1859146)
    const list = tensors(network)
    expect(list.reduce((sum, { size }) => sum + size, 0)).toBe(parameterCount(network))
  })

  test("is overdetermined by Q = K·M / P", () => {
    expect(overdetermination(network, 1000)).toBe(10000 / parameterCount(network))
  })
})

describe("initial values", () => {
  test("are equal at every depth, and by name in networks with more layers", () => {
    const values = initialValues(network, 1)
    for (const depth of [1, 2, 4]) expect(initialValues({ ...network, depth }, 1)).toEqual(values)
    const more = { ...network, layers: 8 }
    const other = named(more, initialValues(more, 1))
    for (const [name, tensor] of named(network, values)) expect(other.get(name)).toEqual(tensor)
  })

  test("differ with the seed and between layers", () => {
    const values = named(network, initialValues(network, 1))
    expect(initialValues(network, 2)).not.toEqual(initialValues(network, 1))
    expect(values.get("layers.0.weight")).not.toEqual(values.get("layers.1.weight"))
  })

  test("are uniform within ±√(6 / (fan in + fan out)), biases zero", () => {
    const values = named(network, initialValues(network, 1))
    const limits = {
      "stem.weight": Math.sqrt(6 / (9 * (3 + 8))),
      "layers.2.weight": Math.sqrt(6 / (9 * (8 + 8))),
      "dense.weight": Math.sqrt(6 / (240 + 10))
    }
    for (const [name, limit] of Object.entries(limits)) {
      const tensor = values.get(name) as Float32Array
      const largest = tensor.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
      expect(largest).toBeLessThanOrEqual(Math.fround(limit))
      expect(largest).toBeGreaterThan(0.95 * limit)
      const variance = tensor.reduce((a, b) => a + b * b, 0) / tensor.length
      expect(variance / ((limit * limit) / 3)).toBeCloseTo(1, 0)
    }
    for (const name of ["stem.bias", "layers.0.bias", "dense.bias"]) {
      expect(values.get(name)?.every((x) => x === 0)).toBe(true)
    }
  })
})
