/** What MNIST and its likes have in common: four IDX files, each gzipped on its own. */
import type { ImageDataSetDeclaration } from "./dataset.ts"

/** MD5 of each file: as its authors distribute it, gzipped, and unpacked. */
export interface IdxDigests {
  readonly packed: string
  /** Where it is published. */
  readonly unpacked?: string
}

const names = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte"
} as const

export function idxFiles(
  digests: Record<keyof typeof names, IdxDigests>,
  { folders, addresses }: { readonly folders: ReadonlyArray<string>; readonly addresses: ReadonlyArray<string> }
): Required<Pick<ImageDataSetDeclaration, "source" | "places" | "shape">> {
  const files = (Object.keys(names) as Array<keyof typeof names>).map((file) => ({
    name: names[file],
    ...digests[file]
  }))
  return {
    source: {
      kind: "published",
      format: "idx",
      train: [names.trainImages, names.trainLabels],
      test: [names.testImages, names.testLabels],
      files: Object.fromEntries(
        files.map(({ name, unpacked }) => [name, unpacked === undefined ? null : `md5:${unpacked}`])
      ),
      archives: files.map(({ name, packed }) => ({ name: `${name}.gz`, digest: `md5:${packed}`, holds: [name] }))
    },
    places: {
      folders,
      addresses: Object.fromEntries(
        files.map(({ name }) => [`${name}.gz`, addresses.map((base) => `${base}${name}.gz`)])
      )
    },
    shape: { count: 60_000, test: 10_000, channels: 1, height: 28, width: 28, classes: 10 }
  }
}
