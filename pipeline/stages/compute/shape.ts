import { DataError } from "../../../src/data/errors.ts"
import type { ImageSet } from "../../../src/data/examples.ts"
import type { FetchParameters } from "../fetch-parameters.ts"

type DataSet = Pick<FetchParameters["dataset"], "name" | "shape">

/**
 * Bytes that a file may have, packed or not, which should have so many of images and labels: one that is not much larger
 * is read, and told of by what is in it; another is not, whatever it unpacks to.
 */
export const mostBytes = (expected: number): number => 2 * expected + (1 << 20)

/** The set, if it is as large as its declaration says. Throws `DataError`. */
export function checkShape({ name, shape }: DataSet, set: ImageSet, file: string): ImageSet {
  const text = (s: Omit<DataSet["shape"], "test">) =>
    `${s.count} images of ${s.channels}×${s.height}×${s.width} in ${s.classes} classes`
  const wrong = (["count", "channels", "height", "width", "classes"] as const).some((side) => set[side] !== shape[side])
  if (wrong) {
    const advice = `correct the shape in the declaration of the data set '${name}', or the files`
    throw new DataError({ file, expected: text(shape), found: text(set), advice })
  }
  return set
}
