/** A network's parameters as a file: safetensors, tensor by tensor in PyTorch's layout (SCIENCE, DESIGN "Formats"). */
import { type Network, tensors } from "../network/network.ts"
import { DataError } from "./errors.ts"
import { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts"

/** vector: [P], in the order of `tensors(network)`. */
export function writeWeights(network: Network, vector: Float32Array | Float64Array): Uint8Array<ArrayBuffer> {
  const stored: Record<string, StoredTensor> = {}
  for (const { name, shape, offset, size } of tensors(network)) {
    stored[name] = { shape, data: vector.subarray(offset, offset + size) }
  }
  return writeSafetensors(stored)
}

/** All parameters as one vector, [P]. `file` names the bytes in errors. Throws `DataError`. */
export function readWeights(network: Network, bytes: Uint8Array, file: string): Float32Array {
  const { tensors: stored } = readSafetensors(bytes, file)
  const list = tensors(network)
  const last = list[list.length - 1]
  const vector = new Float32Array(last.offset + last.size)
  for (const { name, shape, offset } of list) {
    const tensor = stored[name]
    if (tensor === undefined || String(tensor.shape) !== String(shape)) {
      const found = tensor === undefined ? `only ${Object.keys(stored).join(", ")}` : `the shape [${tensor.shape}]`
      throw new DataError({
        file,
        expected: `a tensor ${name} of shape [${shape}]`,
        found,
        advice: "these are another network's weights"
      })
    }
    vector.set(tensor.data as Float32Array, offset)
  }
  return vector
}
