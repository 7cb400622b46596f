/** Arrays of images as bytes [n, C, H, W], whatever their type and layout. */
import { DataError } from "../errors.ts"
import { type FileArray, type NumberArray, type NumberType, product, shapeText } from "./array.ts"

export interface ImageSize {
  readonly channels: number
  readonly height: number
  readonly width: number
}

export interface PixelRules {
  /** Which values are black and white; others lie between. If left out, as the type says (`RANGES`). */
  readonly range?: readonly [number, number]
  /** Where both fit, or pixels stand in one row, colours come last if this is left out. */
  readonly layout?: "channels-last" | "channels-first"
}

/** Black and white by type, where nothing else is said: all that unsigned numbers of 8 and 16 bits hold. */
const RANGES: Readonly<Record<NumberType, readonly [number, number]>> = {
  bool: [0, 1],
  uint8: [0, 255],
  int8: [0, 127],
  uint16: [0, 65535],
  int16: [0, 255],
  uint32: [0, 255],
  int32: [0, 255],
  uint64: [0, 255],
  int64: [0, 255],
  float16: [0, 1],
  float32: [0, 1],
  float64: [0, 1]
}

/**
 * Images [n, H, W], [n, H, W, C], [n, C, H, W] or [n, pixels] as bytes [n, C, H, W]: of a value from low to high,
 * 255 (value − low) / (high − low), to the nearest whole number, halves up. `first`: the number of the first image, as
 * errors name it. Throws `DataError`.
 */
export function pixelsOf(array: FileArray, size: ImageSize, rules: PixelRules, first = 0): Uint8Array {
  const last = checkImages(array, size, rules)
  if (array.type === "text") throw new TypeError("texts are no images")
  const bytes = scaled(array, rules.range, product([size.channels, size.height, size.width]), first)
  return last && size.channels > 1 ? planar(bytes, size) : bytes
}

/** Whether colours come last in images of a size. Throws `DataError` where an array is none of such images. */
export function checkImages(
  array: Pick<FileArray, "shape" | "file"> & { readonly type: NumberType | "text" },
  size: ImageSize,
  rules: PixelRules
): boolean {
  const { shape, file } = array
  const last = isChannelsLast(shape, size, rules.layout)
  if (array.type === "text" || last === undefined) {
    const { channels, height, width } = size
    const shapes = [[height, width, channels], [channels, height, width], [product([channels, height, width])]]
    if (channels === 1) shapes.unshift([height, width])
    const expected = `numbers of the shape ${shapes.map((sides) => `(n, ${sides.join(", ")})`).join(" or ")}`
    const found = array.type === "text" ? "texts" : `the shape ${shapeText(shape)}`
    const layout = rules.layout === undefined ? "" : `, with colours as the layout ${rules.layout} has them`
    const advice = "correct the shape that the data set declares, or name the array with the images"
    throw new DataError({ file, expected: expected + layout, found, advice })
  }
  return last
}

/** Whether colours come last; undefined where the shape is another. */
function isChannelsLast(
  [, ...sides]: ReadonlyArray<number>,
  { channels, height, width }: ImageSize,
  layout: PixelRules["layout"]
): boolean | undefined {
  const is = (...expected: ReadonlyArray<number>) => String(sides) === String(expected)
  if (is(channels * height * width) || (channels === 1 && is(height, width))) return layout !== "channels-first"
  const [last, first] = [is(height, width, channels), is(channels, height, width)]
  if (layout !== "channels-first" && last) return true
  return layout !== "channels-last" && first ? false : undefined
}

function scaled(
  { type, values, file }: NumberArray,
  range: PixelRules["range"],
  pixels: number,
  first: number
): Uint8Array {
  const [low, high] = range ?? RANGES[type]
  if (values instanceof Uint8Array && low === 0 && high === 255) return values
  const bytes = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i])
    if (!(value >= low && value <= high)) {
      const said =
        range === undefined ? `, black and white of ${type} if no \`range\` says otherwise` : ", black and white"
      const found = `${value} at example ${first + Math.floor(i / pixels)}`
      const advice = "declare `range: [black, white]` as the values are"
      throw new DataError({ file, expected: `values from ${low} to ${high}${said}`, found, advice })
    }
    bytes[i] = Math.floor(((value - low) * 255) / (high - low) + 0.5)
  }
  return bytes
}

/** [n, H, W, C] to [n, C, H, W]. */
function planar(data: Uint8Array, size: ImageSize): Uint8Array {
  const planes = new Uint8Array(data.length)
  planarInto(planes, 0, data, size)
  return planes
}

/** Images [n, H, W, C] as [n, C, H, W], written from a place on. */
export function planarInto(planes: Uint8Array, start: number, data: Uint8Array, size: ImageSize): void {
  const { channels } = size
  const pixels = size.height * size.width
  for (let image = 0, to = start; image < data.length; image += pixels * channels)
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < pixels; i++) planes[to++] = data[image + i * channels + channel]
}
