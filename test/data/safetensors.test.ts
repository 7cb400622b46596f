import { describe, expect, test } from "vitest"
import { readSafetensors, writeSafetensors } from "../../src/data/safetensors.ts"

const tensors = {
  bytes: { shape: [3], data: Uint8Array.of(1, 2, 255) },
  words: { shape: [2, 1], data: Uint16Array.of(7, 65535) },
  whole: { shape: [1], data: Int32Array.of(-5) },
  single: { shape: [2, 2], data: Float32Array.of(0.1, -0, Infinity, NaN) },
  double: { shape: [], data: Float64Array.of(Math.PI) }
}

describe("a safetensors file", () => {
  test("gives back every type, shape and bit, and the metadata", () => {
    const read = readSafetensors(writeSafetensors(tensors, { classes: "10" }), "x")
    expect(read.tensors).toEqual(tensors)
    expect(read.metadata).toEqual({ classes: "10" })
  })

  test("has the bytes of the format: length, header padded to 8, elements little-endian", () => {
    const bytes = writeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } })
    const view = new DataView(bytes.buffer)
    const length = Number(view.getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    )
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f])
  })

  test("is read at any alignment", () => {
    const bytes = writeSafetensors(tensors)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(readSafetensors(shifted.subarray(1), "x").tensors).toEqual(tensors)
  })

  test("that is damaged is named with what is wrong", () => {
    const bytes = writeSafetensors(tensors)
    expect(() => readSafetensors(bytes.subarray(0, 4), "w.safetensors")).toThrow(
      "w.safetensors: expected a safetensors file"
    )
    expect(() => readSafetensors(bytes.subarray(0, 100), "w")).toThrow("found a file of 100 bytes")
    expect(() => readSafetensors(bytes.subarray(0, bytes.length - 1), "w")).toThrow("within the file, found a file of")
    expect(() =>
      readSafetensors(
        bytes.map((b) => (b === 0x7b ? 0 : b)),
        "w"
      )
    ).toThrow("a header in JSON")
    const other = new TextEncoder().encode('________{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}xx')
    new DataView(other.buffer).setBigUint64(0, BigInt(other.length - 10), true)
    expect(() => readSafetensors(other, "w")).toThrow("a of type F64, F32, I32, U16, U8, found BF16")
  })

  test("does not take a shape that its data do not have", () => {
    expect(() => writeSafetensors({ a: { shape: [2], data: Uint8Array.of(1) } })).toThrow("a has 1 elements")
  })
})

test("a file that lies anywhere in a larger buffer is read, aligned or not", () => {
  const values = Float32Array.from([1.5, -2, 3])
  const bytes = writeSafetensors({ values: { shape: [3], data: values } })
  for (const shift of [0, 1, 2, 3, 65]) {
    const file = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(5)]).subarray(shift, shift + bytes.length)
    expect(readSafetensors(file, "file").tensors.values.data, `shifted by ${shift}`).toEqual(values)
  }
})
