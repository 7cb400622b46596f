import { DataError } from "../../../src/data/errors.ts"
import type { ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"

type Context = Pick<ComputeContext<FetchParameters>, "parameters" | "files" | "absent">

/** The bytes of a file that the data set names, at most so many. Throws `DataError` where it is not there. */
export function bytesOfFile({ parameters, files, absent }: Context, path: string, what: string, atMost?: number) {
  const file = Object.hasOwn(files, path) ? files[path] : undefined
  if (file !== undefined) return file(atMost)
  const advice = `put it there, or correct the path in the data set '${parameters.dataset.name}'`
  throw new DataError({ file: path, expected: what, found: absent?.[path] ?? "nothing", advice })
}
