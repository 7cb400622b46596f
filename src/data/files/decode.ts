/**
 * Image files as bytes [H, W, C], grey or colour. `sharp` only decodes; how values become bytes is said here, so that it
 * is the same everywhere:
 *
 * - of 16 bits, the nearest of 255 value / 65535;
 * - palettes are looked up; of several pictures in a file, the first counts;
 * - what is transparent lies on black;
 * - pictures are turned as their EXIF orientation says;
 * - colour profiles are ignored; CMYK is (255 − C) (255 − K) / 255 and so on;
 * - grey as colour has three equal channels; colour as grey is 0.299 R + 0.587 G + 0.114 B, in Pillow's whole numbers.
 */
import sharp from "sharp"
import { DataError } from "../errors.ts"
import type { Picture } from "./resize.ts"

/** Pixels of one picture: more are not decoded, whatever a file of a few kilobytes declares. */
const MOST_PIXELS = 1 << 26

sharp.cache(false)
sharp.concurrency(1)

const nearest = (value: number) => Math.floor(value + 0.5)

/** A picture with one channel or three. `file` names it in errors. Rejects with `DataError`. */
export async function decode(bytes: Uint8Array, file: string, channels: 1 | 3): Promise<Picture> {
  const fail = (found: string): never => {
    const advice = "replace the file, or take it out"
    throw new DataError({ file, expected: "a picture (PNG, JPEG, WebP, TIFF, GIF)", found, advice })
  }
  if (bytes.length === 0) fail("an empty file")
  if (bytes[0] === 0x42 && bytes[1] === 0x4d) fail("a BMP file, which is not read; save it as PNG")
  try {
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
    return fail(
      /pixel limit/.test(said) ? `one of more than ${MOST_PIXELS} pixels` : `what cannot be decoded (${said})`
    )
  }
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
  const data = new Uint8Array(width * height * channels)
  const inks = isCmyk ? 4 : given < 3 ? 1 : 3
  for (let i = 0; i < width * height; i++) {
    const at = i * given
    const light = (value: number) => (given > inks ? nearest((value * from[at + inks]) / 255) : value)
    const ink = (value: number) => nearest(((255 - value) * (255 - from[at + 3])) / 255)
    const pick = (channel: number) => light(isCmyk ? ink(from[at + channel]) : from[at + (inks === 1 ? 0 : channel)])
    const [r, g, b] = [pick(0), pick(1), pick(2)]
    if (channels === 3) data.set([r, g, b], i * 3)
    else data[i] = inks === 1 ? r : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16
  }
  return { width, height, channels, data }
}
