import { expect, test } from "vitest"
import { readSafetensors } from "../../src/data/safetensors.ts"
import { tensors } from "../../src/network/network.ts"
import { readWeights, writeWeights } from "../../src/results/weights.ts"
import { randomParameters, smallNetwork } from "../networks.ts"
import { artifact } from "../support/artifact.ts"

const network = smallNetwork()
const parameters = randomParameters(network, 1)
const bytes = writeWeights(network, parameters)

test("weights are read as written", () => {
  expect(readWeights(network, artifact(bytes))).toEqual(parameters)
})

test("every tensor stands under PyTorch's name with PyTorch's shape", () => {
  const stored = readSafetensors(bytes, "x").tensors
  expect(Object.keys(stored)).toEqual(tensors(network).map(({ name }) => name))
  expect(stored["stem.weight"].shape).toEqual([3, 2, 3, 3])
  expect(stored["layers.3.bias"].shape).toEqual([3])
  expect(stored["dense.weight"].shape).toEqual([4, 3 * 5 * 6])
  expect([...(stored["dense.bias"].data as Float32Array)]).toEqual([...parameters.subarray(parameters.length - 4)])
})
