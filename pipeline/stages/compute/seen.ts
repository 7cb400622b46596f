import type { ImageSet } from "../../../src/data/examples.ts"
import { grey } from "../../../src/data/grey.ts"
import { stretch } from "../../../src/data/stretch.ts"
import type { DataSetParameters } from "../schemas.ts"

/** Images as the steps of their data set make them, of whatever part of it. */
export function seen(set: ImageSet, { name, shape, ...steps }: DataSetParameters): ImageSet {
  const flat = steps.grey === true ? grey(set, name) : set
  return steps.size === undefined ? flat : stretch(flat, shape.height, shape.width, name)
}
