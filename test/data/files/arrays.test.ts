/** Arrays as NumPy and others write them (test/fixtures/images/make.py), and files that lie. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { crc32, deflateRawSync, gzipSync } from "node:zlib"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type OpenArray, piecesOf } from "../../../src/data/files/array.ts"
import type { ArrayPlace } from "../../../src/data/files/file.ts"
import { classesOf, labelsOf } from "../../../src/data/files/labels.ts"
import { openNpy } from "../../../src/data/files/npy.ts"
import { type ImageSize, type PixelRules, pixelsOf } from "../../../src/data/files/pixels.ts"
import { inMemory } from "../../../src/foreign/source.ts"
import { wholeOf, withArray } from "../../support/arrays.ts"

const bytesOf = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/images/${name}`, import.meta.url)))
const LIMIT = 1 << 20
const read = <A>(use: (array: OpenArray) => A, file: string, array?: string) => {
  const place: ArrayPlace = array === undefined ? { file } : { file, array }
  return withArray(bytesOf(file), place, LIMIT, use)
}
const pixels = (size: ImageSize, rules: PixelRules, file: string, array?: string) =>
  read((found) => pixelsOf(wholeOf(found), size, rules), file, array)
const labelsIn = (file: string, array?: string) => read((found) => labelsOf(found, 3), file, array)

const size = { channels: 1, height: 4, width: 3 }
const rgb = { ...size, channels: 3 }
const grey = Array.from({ length: 6 * 12 }, (_, i) => (i * 7) % 256)
/** [6, 4, 3, 3] as planes. */
const colour = Array.from({ length: 6 * 36 }, (_, i) => {
  const [image, channel, pixel] = [Math.floor(i / 36), Math.floor(i / 12) % 3, i % 12]
  return ((image * 36 + pixel * 3 + channel) * 11) % 256
})

describe.each(["stored.npz", "deflated.npz"])("the arrays of %s", (file) => {
  test.each([
    ["grey_u1", {}],
    ["grey_u2", {}],
    ["grey_f4", {}],
    ["grey_f8_big", {}],
    ["grey_f2", { range: [0, 255] }],
    ["grey_i4_big", {}],
    ["grey_fortran", {}],
    ["grey_rows", {}]
  ] satisfies ReadonlyArray<[string, PixelRules]>)("%s are the pixels that were saved", async (array, rules) => {
    expect([...(await pixels(size, rules, file, array))]).toEqual(grey)
  })

  test.each(["colour_last", "colour_first", "colour_fortran"])("%s become planes", async (array) => {
    expect([...(await pixels(rgb, {}, file, array))]).toEqual(colour)
  })

  test.each([
    ["labels_i8", ["0", "1", "2"]],
    ["labels_u1_column", ["0", "1", "2"]],
    ["labels_i2_big", ["0", "1", "2"]],
    ["labels_from_one", ["1", "2", "3"]],
    ["labels_gaps", ["-5", "10", "700"]],
    ["labels_one_hot", ["0", "1", "2"]],
    ["labels_one_hot_bool", ["0", "1", "2"]],
    ["labels_text", ["ant", "bee", "çat"]],
    ["labels_bytes", ["ant", "bee", "çat"]],
    ["labels_big_text", ["ant", "bee", "çat"]],
    ["labels_float", ["0", "1", "2"]]
  ])("%s are numbered, with what they are called", async (array, names) => {
    const { labels, ...found } = classesOf([await labelsIn(file, array)], 3, undefined)
    expect([...labels[0]]).toEqual([0, 1, 2, 0, 1, 2])
    expect(found.names).toEqual(names)
  })

  test("what cannot be read is refused by name; others are left alone", async () => {
    const refused = (array?: string) => expect(labelsIn(file, array)).rejects
    await refused("anything").toThrow(`${file}:anything: expected numbers or texts, found Python's objects`)
    await refused("nothing").toThrow(`${file}: expected one array nothing, found anything, grey_u1, `)
    await refused("labels_many").toThrow(
      `${file}:labels_many: expected one class for each image, a 1 among zeros, found 2 classes at example 0`
    )
    await refused().toThrow(`${file}: expected a single array, found an archive of them; name one of them`)
  })
})

test("single files, and IDX files of every type", async () => {
  expect([...(await pixels(size, {}, "grey.npy"))]).toEqual(grey)
  expect((await labelsIn("labels.npy")).labels).toEqual([0, 1, 2, 0, 1, 2])
  await expect(labelsIn("objects.npy")).rejects.toThrow(
    "objects.npy: expected numbers or texts, found Python's objects"
  )
  for (const type of ["ubyte", "byte", "short", "int", "float", "double"]) {
    const halves = await pixels(size, { range: [0, 255] }, `grey-${type}.idx.gz`)
    expect([...halves], type).toEqual(grey.map((value) => Math.floor(value / 2)))
  }
})

test("images of another shape, and values out of range, are told of", async () => {
  await expect(pixels({ ...size, height: 3, width: 4 }, {}, "grey.npy")).rejects.toThrow(
    "grey.npy: expected numbers of the shape (n, 3, 4) or (n, 3, 4, 1) or (n, 1, 3, 4) or (n, 12), found the shape (6, 4, 3)"
  )
  await expect(pixels(size, {}, "stored.npz", "grey_f2")).rejects.toThrow(
    "stored.npz:grey_f2: expected values from 0 to 1, black and white of float16 if no `range` says otherwise, found 7 at example 0"
  )
  await expect(pixels(size, {}, "stored.npz", "labels_text")).rejects.toThrow("found texts")
  const notANumber = { type: "float32", shape: [1, 1], file: "x", values: Float32Array.of(Number.NaN) } as const
  expect(() => pixelsOf(notANumber, { channels: 1, height: 1, width: 1 }, {}, 7)).toThrow("found NaN at example 7")
  const cube = { type: "uint8", shape: [1, 2, 2, 2], file: "x", values: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) } as const
  const sides = { channels: 2, height: 2, width: 2 }
  expect([...pixelsOf(cube, sides, {})]).toEqual([0, 2, 4, 6, 1, 3, 5, 7])
  expect([...pixelsOf(cube, sides, { layout: "channels-first" })]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

describe("labels", () => {
  const numbered = (labels: ReadonlyArray<number | string>, classes: number, names?: ReadonlyArray<string>) => {
    const found = classesOf([{ file: "x", labels }], classes, names)
    return [[...found.labels[0]], found.names]
  }
  test("below the number of classes stand as they are, whichever occur", () => {
    expect(numbered([2, 0, 2], 4)).toEqual([
      [2, 0, 2],
      ["0", "1", "2", "3"]
    ])
  })
  test("are as many as declared, or told of", () => {
    expect(() => numbered([1, 5], 3)).toThrow("x: expected 3 classes, as declared, found 2: 1, 5; declare 2 classes")
    expect(() => numbered([0, 1, 2], 2)).toThrow(
      "x: expected labels below 2, the number of classes, found label 2 at example 2"
    )
    expect(() => numbered(["a", "b"], 3)).toThrow(
      "x: expected 3 classes, as declared, found 2: a, b; declare 2 classes"
    )
  })
  test("have the order of declared names; others are told of", () => {
    expect(numbered(["a b", "ü"], 3, ["ü", "none", "a b"])[0]).toEqual([2, 0])
    expect(numbered([10, 9], 2, ["10", "9"])[0]).toEqual([0, 1])
    expect(() => numbered(["b"], 1, ["a"])).toThrow("x: expected one of the names a, found label b at example 0")
  })
  test("of a thousand classes need two bytes", () => {
    const all = Array.from({ length: 1000 }, (_, i) => i + 1)
    expect(numbered(all, 1000)[0]).toEqual(all.map((label) => label - 1))
  })
})

/** A `.npy` file of a dictionary as it is given. */
function npy(dictionary: string, data: Uint8Array): Uint8Array {
  const header = Buffer.from(`\x93NUMPY\x01\x00\0\0${dictionary}\n`, "latin1")
  header.writeUInt16LE(header.length - 10, 8)
  return Buffer.concat([header, data])
}
const dictionary = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`

test("files that lie get one message and little memory", async () => {
  const said = (bytes: Uint8Array, place: ArrayPlace = { file: "x.npy" }) =>
    withArray(bytes, place, LIMIT, wholeOf).then(
      () => "read",
      (error: Error) => {
        expect(error.name).toBe("DataError")
        return error.message
      }
    )
  const whole = npy(dictionary("<i4", "2,"), new Uint8Array(8))
  expect(await said(whole)).toBe("read")
  expect(await said(whole.subarray(0, 50))).toContain("found a file of 50 bytes")
  expect(await said(whole.subarray(0, -1))).toContain("expected 8 bytes for the shape (2) of type <i4, found 7 bytes")
  expect(await said(npy(dictionary("<U0", "999999999999,"), new Uint8Array()))).toContain("texts without characters")
  expect(await said(npy(dictionary("|u1", "999999999999, 999999999999"), new Uint8Array(4)))).toContain("found 4 bytes")
  expect(await said(npy(dictionary("|u1", "-1,"), new Uint8Array(4)))).toContain("expected a shape of whole numbers")
  expect(await said(npy(dictionary("<c8", "1,"), new Uint8Array(8)))).toContain("found elements of type <c8")
  expect(await said(npy(dictionary("<U1", "1,"), Uint8Array.of(255, 255, 255, 255)))).toContain(
    "expected texts in Unicode"
  )
  expect(
    await said(npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", new Uint8Array(4)))
  ).toContain("one of records")
  expect(await said(new Uint8Array())).toContain(
    "x.npy: expected an array of NumPy (.npy, .npz) or IDX, found an empty file"
  )
  expect(await said(Buffer.from("<html>"))).toContain("the bytes 3c 68 74 6d")
  expect(await said(gzipSync(new Uint8Array(LIMIT + 1)))).toContain("it unpacks to more than 1,048,576 bytes")
  const idx = (...bytes: ReadonlyArray<number>) => Uint8Array.of(0, 0, ...bytes)
  expect(await said(idx(13, 2, 255, 255, 255, 255, 255, 255, 255, 255))).toContain("of type float32, found 0 bytes")
  expect(await said(idx(8, 200))).toContain("expected a header of 804 bytes for 200 dimensions, found 4 bytes")
  expect(await said(idx(10, 1, 0, 0, 0, 0))).toContain("expected one of IDX's types, 08, 09, 0b, 0c, 0d, 0e, found 0a")
  const zip = (change: Partial<Parts>) =>
    said(zipOf({ ...PARTS, data: whole, ...change }), { file: "x.npz", array: "a" })
  expect(await zip({})).toBe("read")
  expect(await zip({ wide: true })).toBe("read")
  expect(await zip({ method: 8 })).toBe("read")
  expect(await zip({ size: 2 ** 31 })).toContain(
    "x.npz:a: expected an array in a whole zip file, found that it unpacks to 2,147,483,648 bytes"
  )
  expect(await zip({ wide: true, size: 2 ** 52 })).toContain("it unpacks to 4,503,599,627,370,496 bytes")
  expect(await zip({ size: 4 })).toContain(`it has ${whole.length} bytes, not the 4 that it declares`)
  expect(await zip({ size: 4, method: 8 })).toContain("it unpacks to more than 4 bytes")
  expect(await zip({ crc: 1 })).toContain("its CRC-32 differs")
  expect(await zip({ method: 12 })).toContain("compressed by method 12")
  expect(await zip({ start: 2 ** 31 })).toContain("the directory names a place where it is not")
  expect(await zip({ directory: 2 ** 31 })).toContain("its directory is damaged at entry 0 of 1")
  expect(await zip({ count: 60_000 })).toContain("its directory is damaged at entry 1 of 60000")
  expect(await said(zipOf({ ...PARTS, data: whole }).subarray(0, 100), { file: "x.npz", array: "a" })).toContain(
    "not a zip file, or cut off"
  )
})

interface Parts {
  readonly data: Uint8Array
  readonly method: number
  readonly size: number | undefined
  readonly crc: number | undefined
  readonly start: number
  readonly directory: number | undefined
  readonly count: number
  readonly wide: boolean
}
const PARTS: Parts = {
  data: new Uint8Array(),
  method: 0,
  size: undefined,
  crc: undefined,
  start: 0,
  directory: undefined,
  count: 1,
  wide: false
}

/** A zip file of one entry `a.npy`; `wide`: as ZIP64. */
function zipOf({
  data,
  method,
  size = data.length,
  crc = crc32(data),
  start,
  directory,
  count,
  wide
}: Parts): Uint8Array {
  const packed = method === 8 ? deflateRawSync(data) : data
  const name = Buffer.from("a.npy")
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(name.length, 26)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(method, 10)
  entry.writeUInt32LE(crc, 16)
  entry.writeUInt32LE(wide ? 0xffffffff : packed.length, 20)
  entry.writeUInt32LE(wide ? 0xffffffff : size, 24)
  entry.writeUInt16LE(name.length, 28)
  const extra = Buffer.alloc(wide ? 20 : 0)
  if (wide) {
    entry.writeUInt16LE(extra.length, 30)
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(16, 2)
    extra.writeBigUInt64LE(BigInt(size), 4)
    extra.writeBigUInt64LE(BigInt(packed.length), 12)
  }
  entry.writeUInt32LE(start, 42)
  const at = local.length + name.length + packed.length
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  const far = Buffer.alloc(wide ? 76 : 0)
  if (wide) {
    far.writeUInt32LE(0x06064b50, 0)
    far.writeBigUInt64LE(BigInt(count), 32)
    far.writeBigUInt64LE(BigInt(directory ?? at), 48)
    far.writeUInt32LE(0x07064b50, 56)
    far.writeBigUInt64LE(BigInt(at + entry.length + name.length + extra.length), 64)
  }
  end.writeUInt16LE(wide ? 0xffff : count, 10)
  end.writeUInt32LE(wide ? 0xffffffff : (directory ?? at), 16)
  return Buffer.concat([local, name, packed, entry, name, extra, far, end])
}

test("whatever the bytes are, they are read or told of", async () => {
  const start = [...bytesOf("stored.npz")]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(start.length),
      async (changes, cut) => {
        const bytes = Uint8Array.from(start)
        for (const [at, byte] of changes) bytes[at] = byte
        for (const file of [bytes, bytes.subarray(0, cut), bytes.subarray(cut)]) {
          try {
            await withArray(file, { file: "x", array: "grey_u1" }, LIMIT, wholeOf)
          } catch (error) {
            expect((error as Error).name).toBe("DataError")
          }
        }
      }
    ),
    { numRuns: 300 }
  )
})

test("both orders of indices and of bytes are one array, whatever its shape", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }), (shape) => {
      const count = shape.reduce((a, b) => a * b, 1)
      const [rows, columns] = [Buffer.alloc(2 * count), Buffer.alloc(2 * count)]
      for (let i = 0; i < count; i++) {
        let [rest, place, stride] = [i, 0, 1]
        const index = [...shape].reverse().map((side) => {
          const at = rest % side
          rest = Math.floor(rest / side)
          return at
        })
        for (const [axis, at] of index.reverse().entries()) {
          place += at * stride
          stride *= shape[axis]
        }
        rows.writeInt16LE(i - 5, 2 * i)
        columns.writeInt16BE(i - 5, 2 * place)
      }
      const [a, b] = [
        openNpy(inMemory(npy(dictionary("<i2", `${shape},`), rows)), "a"),
        openNpy(inMemory(npy(dictionary(">i2", `${shape},`, "True"), columns)), "b")
      ]
      expect(wholeOf(b).values).toEqual(wholeOf(a).values)
      // And in parts.
      const [first] = shape
      for (let from = 0; from < first; from += 2)
        expect(b.rows(from, Math.min(first, from + 2))).toEqual({
          ...a.rows(from, Math.min(first, from + 2)),
          file: "b"
        })
      expect([...piecesOf(b)].flatMap(({ rows }) => [...rows.values])).toEqual([...wholeOf(a).values])
    }),
    { numRuns: 50 }
  )
})
