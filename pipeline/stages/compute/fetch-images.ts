/** Image files of the project, as one file of labelled images. */
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { decoded } from "./fetched.ts"
import { imageFile, type ListedSet, listedSets } from "./listed-sets.ts"

const compute: Compute<FetchParameters, unknown, OutputFile> = (context) => {
  const { source } = context.parameters.dataset
  if (source.kind !== "images") throw new TypeError(`fetch-images reads image files, not ${source.kind}`)
  const [train, ...test] = listedSets(context)
  const labels = ({ file, files }: ListedSet) => ({ file, labels: files.map(({ label }) => label) })
  const pictures = ({ files }: ListedSet) => ({
    count: files.length,
    *files() {
      for (const { path } of files) yield imageFile(context, path)
    }
  })
  return decoded(context, source.size, {
    train: { labels: [labels(train)], ...pictures(train) },
    ...(test.length > 0 && { test: { labels: [labels(test[0])], ...pictures(test[0]) } })
  })
}

export default compute
