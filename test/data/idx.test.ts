import { gzipSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { readIdx, writeIdx } from "../../src/data/idx.ts"

const images = { shape: [2, 2, 3], data: Uint8Array.from({ length: 12 }, (_, i) => i * 20) }

describe("an IDX file", () => {
  test("has the published layout: 0, 0, type, rank, big-endian dimensions, elements", () => {
    expect([...writeIdx({ shape: [2], data: Uint8Array.of(5, 9) })]).toEqual([0, 0, 8, 1, 0, 0, 0, 2, 5, 9])
  })

  test("is read as written, plain and gzipped", () => {
    const bytes = writeIdx(images)
    expect(readIdx(bytes, "x", 1 << 20)).toEqual(images)
    const zipped = readIdx(gzipSync(bytes), "x.gz", 1 << 20)
    expect(zipped.shape).toEqual(images.shape)
    expect([...zipped.data]).toEqual([...images.data])
  })

  test("that is not one is named with what is wrong", () => {
    const bytes = writeIdx(images)
    expect(() => readIdx(new Uint8Array(0), "t10k", 1 << 20)).toThrow("t10k: expected an IDX file")
    expect(() => readIdx(Uint8Array.of(60, 104, 116, 109), "t10k", 1 << 20)).toThrow("found the bytes 3c 68 74 6d")
    expect(() => readIdx(bytes.subarray(0, bytes.length - 1), "t10k", 1 << 20)).toThrow(
      "expected 12 bytes for the dimensions 2 × 2 × 3, found 11 bytes"
    )
    expect(() => readIdx(Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 0), "t10k", 1 << 20)).toThrow("IDX type 13")
    expect(() => readIdx(gzipSync(bytes).subarray(0, 20), "t10k.gz", 1 << 20)).toThrow(
      "t10k.gz: expected a whole gzip file"
    )
    expect(() => readIdx(bytes.subarray(0, 9), "t10k", 1 << 20)).toThrow("a header of 16 bytes for 3 dimensions")
  })
})
