/**
 * Image files as bytes [H, W, C], grey or colour. `sharp` only decodes, and of BMP files, which it does not read,
 * `@cwasm/nsbmp` (NetSurf's reader, in WebAssembly); how values become bytes is said here, so that it is the same
 * everywhere:
 *
 * - of 16 bits, the nearest of 255 value / 65535;
 * - palettes are looked up; of several pictures in a file, the first counts;
 * - what is transparent lies on black;
 * - pictures are turned as their EXIF orientation says;
 * - 5 and 6 bits of a BMP file are the upper ones of 8;
 * - colour profiles are ignored; CMYK is (255 − C) (255 − K) / 255 and so on;
 * - grey as colour has three equal channels; colour as grey is 0.299 R + 0.587 G + 0.114 B, in Pillow's whole numbers.
 */
import { decode as decodeBmp } from "@cwasm/nsbmp"
import sharp from "sharp"
import { DataError } from "../errors.ts"
import type { Picture } from "./resize.ts"

/** Pixels of one picture: more are not decoded, whatever a file of a few kilobytes declares. */
const MOST_PIXELS = 1 << 26

sharp.cache(false)
sharp.concurrency(1)

const nearest = (value: number) => Math.floor(value + 0.5)

/** How large a picture is, turned as it says, and whether it is grey. `file` names it in errors. Rejects with `DataError`. */
export async function measure(bytes: Uint8Array, file: string) {
  if (isBmp(bytes)) {
    const { width, height, data } = await decode(bytes, file, 3)
    return { width, height, isGrey: data.every((value, i) => value === data[i - (i % 3)]) }
  }
  const options = { limitInputPixels: MOST_PIXELS, failOn: "none", ignoreIcc: true } as const
  try {
    const { width, height, space, orientation = 1 } = await sharp(bytes, options).metadata()
    const isGrey = space === "b-w" || space === "grey16"
    return orientation > 4 ? { width: height, height: width, isGrey } : { width, height, isGrey }
  } catch {
    const advice = "replace the file, or take it out"
    throw new DataError({ file, expected: "a picture", found: "what cannot be decoded", advice })
  }
}

/** A picture with one channel or three. `file` names it in errors. Rejects with `DataError`. */
export async function decode(bytes: Uint8Array, file: string, channels: 1 | 3): Promise<Picture> {
  const fail = (found: string): never => {
    const advice = "replace the file, or take it out"
    throw new DataError({ file, expected: "a picture (PNG, JPEG, WebP, TIFF, GIF, BMP)", found, advice })
  }
  if (bytes.length === 0) fail("an empty file")
  const tooLarge = () => fail(`one of more than ${MOST_PIXELS} pixels`)
  try {
    if (isBmp(bytes)) {
      if (pixelsOfBmp(bytes) > MOST_PIXELS) tooLarge()
      const { width, height, data } = decodeBmp(bytes)
      return mixed({ width, height, channels: 4 }, Uint8Array.from(data), false, channels)
    }
    const options = { limitInputPixels: MOST_PIXELS, failOn: "error", ignoreIcc: true } as const
    const { space = "", depth = "" } = await sharp(bytes, options).metadata()
    const isWide = depth === "ushort" || space.endsWith("16")
    const isCmyk = space === "cmyk"
    const target = isCmyk ? "cmyk" : isWide ? "rgb16" : "srgb"
    const started = sharp(bytes, options).autoOrient()
    const coloured = (isCmyk || isWide ? started.pipelineColourspace(target) : started).toColourspace(target)
    const raw = await coloured.raw({ depth: isWide ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true })
    return mixed(raw.info, isWide ? narrow(raw.data) : raw.data, isCmyk, channels)
  } catch (error) {
    if (error instanceof DataError) throw error
    const [said] = String((error as Error).message).split("\n")
    return /pixel limit/.test(said) ? tooLarge() : fail(`what cannot be decoded (${said})`)
  }
}

const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d

/** As many as a BMP file's header declares: sides of 16 bits in its oldest form, else of 32, the height with a sign. */
function pixelsOfBmp(bytes: Uint8Array): number {
  if (bytes.length < 26) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isOldest = view.getUint32(14, true) === 12
  return isOldest
    ? view.getUint16(18, true) * view.getUint16(20, true)
    : view.getUint32(18, true) * Math.abs(view.getInt32(22, true))
}

/** 16 bits as 8. */
function narrow(data: Uint8Array): Uint8Array {
  const values = new Uint16Array(Uint8Array.from(data).buffer)
  return Uint8Array.from(values, (value) => nearest((value * 255) / 65535))
}

/** Any channels as grey or colour. */
function mixed(
  { width, height, channels: given }: { readonly width: number; readonly height: number; readonly channels: number },
  from: Uint8Array,
  isCmyk: boolean,
  channels: 1 | 3
): Picture {
  const count = width * height
  const inks = isCmyk ? 4 : given < 3 ? 1 : 3
  const isTransparent = given > inks
  if (inks === channels && !isTransparent) return { width, height, channels, data: from }
  const data = new Uint8Array(count * channels)
  for (let i = 0; i < count; i++) {
    const at = i * given
    let red = from[at]
    let green = inks === 1 ? red : from[at + 1]
    let blue = inks === 1 ? red : from[at + 2]
    if (isCmyk) {
      const light = 255 - from[at + 3]
      red = nearest(((255 - red) * light) / 255)
      green = nearest(((255 - green) * light) / 255)
      blue = nearest(((255 - blue) * light) / 255)
    }
    if (isTransparent) {
      const cover = from[at + inks]
      red = nearest((red * cover) / 255)
      green = nearest((green * cover) / 255)
      blue = nearest((blue * cover) / 255)
    }
    if (channels === 1) data[i] = inks === 1 ? red : (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    else {
      data[3 * i] = red
      data[3 * i + 1] = green
      data[3 * i + 2] = blue
    }
  }
  return { width, height, channels, data }
}
