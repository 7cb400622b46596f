/** Blur: every value becomes a weighted mean of those around it. */
import { cosPi, exp } from "../../network/math.ts"
import { type Corrupt, clamped, cut, mirrored, nearest, type Picture } from "./picture.ts"

/** Where a mean takes its values from, and the weight of each; these sum to 1. */
interface Tap {
  readonly dx: number
  readonly dy: number
  readonly weight: number
}

function normalized(taps: ReadonlyArray<Tap>): ReadonlyArray<Tap> {
  const sum = taps.reduce((all, { weight }) => all + weight, 0)
  return taps.map((tap) => ({ ...tap, weight: tap.weight / sum }))
}

/** `beyond`: where a pixel beyond the edge is taken from; `toByte`: how numbers become bytes. */
function mixed(
  { channels, height, width, bytes }: Picture,
  taps: ReadonlyArray<Tap>,
  beyond: (place: number, size: number) => number,
  toByte: (value: number) => number
): Uint8Array {
  const values = new Float64Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) values[i] = bytes[i] / 255
  const sums = new Float64Array(bytes.length)
  const columns = new Int32Array(width)
  for (const { dx, dy, weight } of taps) {
    for (let x = 0; x < width; x++) columns[x] = beyond(x + dx, width)
    for (let row = 0, to = 0; row < channels * height; row++) {
      const y = row % height
      const from = (row - y + beyond(y + dy, height)) * width
      for (let x = 0; x < width; x++) sums[to++] += weight * values[from + columns[x]]
    }
  }
  const result = new Uint8Array(bytes.length)
  for (let i = 0; i < sums.length; i++) result[i] = toByte(sums[i])
  return result
}

const bell = (distance: number, deviation: number) => exp(-(distance * distance) / (2 * deviation * deviation))

const from = (least: number, most: number) => Array.from({ length: most - least + 1 }, (_, i) => least + i)

/** A square's products of two weights by distance. */
const square = (radius: number, weight: (distance: number) => number): ReadonlyArray<Tap> =>
  from(-radius, radius).flatMap((dy) =>
    from(-radius, radius).map((dx) => ({ dx, dy, weight: weight(dx) * weight(dy) }))
  )

/**
 * Out of focus: the mean over a disk whose edge is softened by the normal distribution over 3×3 pixels, as the authors
 * make it. Radii are below 8.
 */
export const defocusBlur: Corrupt<readonly [radius: number, softness: number]> = (picture, [radius, softness]) => {
  const reach = Math.floor(radius)
  const disk = from(-reach, reach).flatMap((y) =>
    from(-reach, reach).flatMap((x) => (x * x + y * y <= radius * radius ? { x, y } : []))
  )
  const soft = normalized(square(1, (distance) => bell(distance, softness)))
  const weights = new Map<string, Tap>()
  for (const { x, y } of disk) {
    for (const { dx, dy, weight } of soft) {
      const [at, down] = [x + dx, y + dy]
      const before = weights.get(`${at} ${down}`)?.weight ?? 0
      weights.set(`${at} ${down}`, { dx: at, dy: down, weight: before + weight / disk.length })
    }
  }
  // The authors' weights are in float32, which shows where a mean is a whole step.
  return mixed(
    picture,
    Array.from(weights.values(), (tap) => ({ ...tap, weight: Math.fround(tap.weight) })),
    mirrored,
    cut
  )
}

/** The normal distribution, as far as four deviations. */
export const gaussianBlur: Corrupt<number> = (picture, deviation) => {
  const radius = Math.floor(4 * deviation + 0.5)
  return mixed(picture, normalized(square(radius, (distance) => bell(distance, deviation))), clamped, cut)
}

/**
 * Moved in one direction, at most 45 degrees from the horizontal: half of a normal distribution along it, on the nearest
 * pixels (ImageMagick's MotionBlurImage).
 */
export const motionBlur: Corrupt<readonly [radius: number, deviation: number]> = (
  picture,
  [radius, deviation],
  { uniform }
) => {
  const turn = (uniform() * 90 - 45) / 180 // of half circles
  const [cosine, sine] = [cosPi(Math.abs(turn)), cosPi(0.5 - turn)]
  const place = (along: number) => Math.ceil(along - 0.5) + 0
  const taps = from(0, 2 * radius).map((i) => ({
    dx: place(i * cosine),
    dy: place(i * sine),
    weight: bell(i, deviation)
  }))
  return mixed(picture, normalized(taps), clamped, nearest)
}
