/** Image files as Pillow writes them (test/fixtures/images/make.py), beside what Pillow reads in them. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { crc32, deflateSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { decode } from "../../../src/data/files/decode.ts"
import { crop, resize } from "../../../src/data/files/resize.ts"
import { list, named, parse, record, text, whole } from "../../../src/data/json.ts"

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/images/${name}`, import.meta.url)))
const picture = (name: string) => fixture(`pictures/${name}`)
const expected = parse(
  fixture("pictures.json"),
  record({
    wide: text,
    alpha: text,
    pictures: named(record({ size: list(whole), colour: text, grey: text })),
    resized: named(text)
  })
)
const bytes = (base64: string) => [...Buffer.from(base64, "base64")]

describe("a picture is what Pillow reads in it", () => {
  test.each(Object.entries(expected.pictures))("%s", async (name, { size, colour, grey }) => {
    const coloured = await decode(picture(name), name, 3)
    expect([coloured.width, coloured.height]).toEqual(size)
    expect([...coloured.data]).toEqual(bytes(colour))
    expect([...(await decode(picture(name), name, 1)).data]).toEqual(bytes(grey))
  })
})

test.each(["colour", "grey", "palette", "bits"])("a BMP file is the picture that %s.png is", async (name) => {
  for (const channels of [1, 3] as const) {
    const [found, other] = await Promise.all(
      ["bmp", "png"].map((kind) => decode(picture(`${name}.${kind}`), "x", channels))
    )
    expect({ ...found, data: [...found.data] }).toEqual({ ...other, data: [...other.data] })
  }
})

/** A BMP file of rows as they stand, of so many bits each pixel; `masks`: which of 16 or 32 bits are which colour. */
function bmp(width: number, height: number, bits: number, rows: Uint8Array, masks: ReadonlyArray<number> = []): Buffer {
  const head = Buffer.alloc(54 + 4 * masks.length)
  head.write("BM")
  head.writeUInt32LE(head.length + rows.length, 2)
  head.writeUInt32LE(head.length, 10)
  head.writeUInt32LE(40, 14)
  head.writeInt32LE(width, 18)
  head.writeInt32LE(height, 22)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(bits, 28)
  head.writeUInt32LE(masks.length > 0 ? 3 : 0, 30)
  head.writeUInt32LE(rows.length, 34)
  for (const [i, mask] of masks.entries()) head.writeUInt32LE(mask, 54 + 4 * i)
  return Buffer.concat([head, rows])
}

test("BMP files from the top, and of 16 bits", async () => {
  const read = async (given: Uint8Array) => [...(await decode(given, "x", 3)).data]
  // Blue, green, red; a row fills up four bytes.
  expect(await read(bmp(1, -2, 24, Uint8Array.of(3, 2, 1, 0, 6, 5, 4, 0)))).toEqual([1, 2, 3, 4, 5, 6])
  expect(await read(bmp(1, 2, 24, Uint8Array.of(3, 2, 1, 0, 6, 5, 4, 0)))).toEqual([4, 5, 6, 1, 2, 3])
  const sixteen = (value: number) => Uint8Array.of(value & 255, value >> 8, 0, 0)
  expect(await read(bmp(1, 1, 16, sixteen((31 << 10) | (3 << 5) | 1)))).toEqual([248, 24, 8])
  const masks = [0xf800, 0x7e0, 0x1f]
  expect(await read(bmp(1, 1, 16, sixteen((1 << 11) | (63 << 5) | 2), masks))).toEqual([8, 252, 16])
})

test("16 bits become the nearest of 8; what is transparent lies on black", async () => {
  const wide = new Uint16Array(Uint8Array.from(bytes(expected.wide)).buffer)
  const eight = [...wide].map((value) => Math.round((value * 255) / 65535))
  expect([...(await decode(picture("wide.png"), "x", 1)).data]).toEqual(eight)
  const alpha = bytes(expected.alpha)
  const over = (value: number, cover: number) => Math.floor((value * cover) / 255 + 0.5)
  const onBlack = alpha.flatMap((value, i) => (i % 4 === 3 ? [] : [over(value, alpha[i - (i % 4) + 3])]))
  expect([...(await decode(picture("alpha.png"), "x", 3)).data]).toEqual(onBlack)
  const greys = alpha.flatMap((value, i) => (i % 4 === 0 ? [over(value, alpha[i + 1])] : []))
  expect([...(await decode(picture("grey-alpha.png"), "x", 1)).data]).toEqual(greys)
})

test("another size is Pillow's, to the last step of its whole numbers", async () => {
  const colour = await decode(picture("colour.png"), "x", 3)
  for (const [size, pixels] of Object.entries(expected.resized)) {
    const [width, height] = size.split("×").map(Number)
    const { data } = resize(colour, width, height)
    const apart = bytes(pixels).map((value, i) => Math.abs(value - data[i]))
    expect(Math.max(...apart), size).toBeLessThanOrEqual(1)
    expect(data).toHaveLength(apart.length)
  }
  const single = resize({ width: 1, height: 1, channels: 1, data: Uint8Array.of(9) }, 3, 2)
  expect([...single.data]).toEqual([9, 9, 9, 9, 9, 9])
})

test("the middle is cut out in the proportion of the declared size", () => {
  const data = Uint8Array.from({ length: 15 }, (_, i) => i)
  const wide = { width: 5, height: 3, channels: 1, data }
  expect([...crop(wide, 2, 2).data]).toEqual([1, 2, 3, 6, 7, 8, 11, 12, 13])
  expect([...crop(wide, 4, 1).data]).toEqual([5, 6, 7, 8, 9])
  expect(crop(wide, 1, 100)).toMatchObject({ width: 1, height: 3 })
})

/** A PNG file that declares a size, with so many bytes of pixels. */
function png(width: number, height: number, pixels: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const start = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)
  return Buffer.concat([
    start,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(new Uint8Array(pixels))),
    chunk("IEND", new Uint8Array())
  ])
}

test("files that lie get one message", async () => {
  const said = (given: Uint8Array) =>
    decode(given, "x.png", 1).then(
      () => "read",
      (error: Error) => `${error.name}: ${error.message}`
    )
  const start = "DataError: x.png: expected a picture (PNG, JPEG, WebP, TIFF, GIF, BMP), found "
  expect(await said(png(2, 2, 6))).toBe("read")
  expect(await said(new Uint8Array())).toBe(`${start}an empty file; replace the file, or take it out`)
  expect(await said(Buffer.from("<html>no picture</html>"))).toContain(`${start}what cannot be decoded (`)
  expect(await said(bmp(60_000, 60_000, 24, new Uint8Array(8)))).toContain(`${start}one of more than 67108864 pixels`)
  expect(await said(bmp(0x7fffffff, -0x80000000, 24, new Uint8Array(8)))).toContain("one of more than 67108864 pixels")
  expect(await said(bmp(200, 200, 24, new Uint8Array(8)))).toContain(`${start}what cannot be decoded (`)
  expect(await said(png(60_000, 60_000, 10))).toContain(`${start}one of more than 67108864 pixels`)
  expect(await said(png(200, 200, 10))).toContain(`${start}what cannot be decoded (`)
  for (const name of ["colour.png", "colour.jpg", "colour.webp", "colour.tif", "palette.gif", "colour.bmp"]) {
    const whole = picture(name)
    const message = await said(whole.subarray(0, Math.floor(whole.length * 0.8)))
    expect(message.startsWith(start), `${name}: ${message}`).toBe(true)
    expect(message).not.toContain("\n")
  }
})
