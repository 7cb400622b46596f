import { join } from "node:path"
import { acquire } from "../../../src/data/published.ts"
import type { ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"

/** The published files of a data set, by name. `atMost`: bytes of each. Rejects with `DataError`. */
export function acquired(
  { parameters: { dataset, places, dataDir }, scratch, progress }: ComputeContext<FetchParameters>,
  atMost: number
): ReturnType<typeof acquire> {
  const { name, source } = dataset
  if (source.kind !== "published") throw new TypeError(`only published files are acquired, not ${source.kind}`)
  return acquire(name, source, places, {
    atMost,
    mirror: dataDir,
    part: (archive) => join(scratch(), archive),
    progress: (archive, done, total) =>
      progress({ done: megabytes(done), total: megabytes(total ?? done), unit: "MB", message: archive })
  })
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)
