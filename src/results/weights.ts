/** Artifact `weights`: a network's parameters as safetensors, tensor by tensor in PyTorch's layout. */
import { readSafetensors, type StoredTensor, type TensorData, writeSafetensors } from "../data/safetensors.ts"
import { type Network, tensors } from "../network/network.ts"
import { type Artifact, ArtifactError, reading } from "./artifact.ts"

/** vector: [P], in the order of `tensors(network)`. */
export function writeWeights(network: Network, vector: Float32Array | Float64Array): Uint8Array<ArrayBuffer> {
  const stored: Record<string, StoredTensor> = {}
  for (const { name, shape, offset, size } of tensors(network)) {
    stored[name] = { shape, data: vector.subarray(offset, offset + size) }
  }
  return writeSafetensors(stored)
}

/** All parameters as one vector, [P]. Throws `ArtifactError` where they are none, or another network's. */
export function readWeights(network: Network, artifact: Artifact): Float32Array {
  const { tensors: stored } = reading(artifact, (bytes) => readSafetensors(bytes, artifact.node))
  const list = tensors(network)
  const last = list[list.length - 1]
  const vector = new Float32Array(last.offset + last.size)
  for (const { name, shape, offset } of list) {
    const tensor = stored[name]
    if (tensor === undefined || String(tensor.shape) !== String(shape) || !isReal(tensor.data)) {
      const found =
        tensor === undefined
          ? `only ${Object.keys(stored).join(", ")}`
          : isReal(tensor.data)
            ? `the shape [${tensor.shape}]`
            : "whole numbers"
      throw new ArtifactError(artifact, `a tensor ${name} of shape [${shape}]`, found)
    }
    vector.set(tensor.data, offset)
  }
  return vector
}

const isReal = (data: TensorData) => data instanceof Float32Array || data instanceof Float64Array
