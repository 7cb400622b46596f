import type { ImageSet } from "../../src/data/examples.ts"

/** Throws unless a set is what its type says. */
export function checkedSet({ count, channels, height, width, classes, images, labels }: ImageSet): void {
  if (images.length !== count * channels * height * width || labels.length !== count) throw new Error("lengths differ")
  if (labels.some((label) => label >= classes)) throw new Error("a label that is no class")
}
