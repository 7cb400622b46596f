/**
 * Pictures corrupted in the manner of CIFAR-10-C and MNIST-C (kinds.ts). What becomes of a picture depends on its bytes,
 * the kind and the severity alone: not on its place, nor on which others there are; chance is the same at all severities,
 * which so differ in strength alone. The same bits on every machine.
 */
import { createHash } from "node:crypto"
import { type Random, random } from "../../network/philox.ts"
import { defocusBlur, gaussianBlur, motionBlur } from "./blur.ts"
import { brightness, contrast, saturate } from "./colour.ts"
import { jpeg } from "./jpeg.ts"
import { type CorruptionKind, KINDS, type Severity } from "./kinds.ts"
import { gaussianNoise, impulseNoise, shotNoise, speckleNoise } from "./noise.ts"
import type { Corrupt, Picture } from "./picture.ts"
import { pixelate } from "./pixelate.ts"
import { rotate, scale, shear, stripe, translate } from "./warp.ts"

type Constants<K extends CorruptionKind> = (typeof KINDS)[K]["constants"][number]

const WAYS: { readonly [K in CorruptionKind]: Corrupt<Constants<K>> } = {
  "gaussian-noise": gaussianNoise,
  "shot-noise": shotNoise,
  "impulse-noise": impulseNoise,
  "speckle-noise": speckleNoise,
  "gaussian-blur": gaussianBlur,
  "defocus-blur": defocusBlur,
  "motion-blur": motionBlur,
  brightness,
  contrast,
  saturate,
  pixelate,
  jpeg,
  "mnist-shot-noise": shotNoise,
  "mnist-impulse-noise": impulseNoise,
  "mnist-motion-blur": motionBlur,
  "mnist-brightness": brightness,
  shear,
  scale,
  rotate,
  translate,
  stripe
}

/** Throws `RangeError` for pictures of a number of channels that the kind is not for. */
export function corruptPicture<K extends CorruptionKind>(picture: Picture, kind: K, severity: Severity): Uint8Array {
  const way: Corrupt<Constants<K>> = WAYS[kind]
  const constants: Constants<K> = KINDS[kind].constants[severity - 1]
  return way(picture, constants, draws(kind, picture))
}

/** Random numbers of a picture. */
function draws(kind: CorruptionKind, { channels, height, width, bytes }: Picture): Random {
  const digest = createHash("sha256").update(`${channels}×${height}×${width}\n`).update(bytes).digest("hex")
  return random(0, `corruption/${kind}/${digest}`)
}
