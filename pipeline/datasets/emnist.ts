import { dataSet, type ImageDataSet } from "./dataset.ts"

interface Part {
  readonly name: string
  readonly about: string
  readonly train: number
  readonly test: number
  readonly classes: number
  /** MD5 of each gzipped file in the archive. */
  readonly md5: { readonly [file in (typeof FILES)[number]]: string }
}

const FILES = ["train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1"] as const

/** Digest and size of the one archive that holds all: torchvision's class EMNIST, and TensorFlow Datasets' checksums. */
const ARCHIVE = { name: "gzip.zip", digest: "md5:58c8d27c78d21e728a6bc7b3cc06412e", bytes: 561_753_746 }

/**
 * The six data sets of EMNIST (https://www.nist.gov/itl/products-and-services/emnist-dataset). The digests of the gzipped
 * files are those of Deeplearning4j's EmnistFetcher and of the Python package mnists, which agree. The authors' pictures
 * lie on their side, mirrored; they are left so, as torchvision and TensorFlow Datasets leave them.
 */
const PARTS: ReadonlyArray<Part> = [
  {
    name: "balanced",
    about: "131,600 digits and letters, as many of each class",
    train: 112_800,
    test: 18_800,
    classes: 47,
    md5: {
      "train-images-idx3": "4041b0d6f15785d3fa35263901b5496b",
      "train-labels-idx1": "7a35cc7b2b7ee7671eddf028570fbd20",
      "test-images-idx3": "6818d20fe2ce1880476f747bbc80b22b",
      "test-labels-idx1": "acd3694070dcbf620e36670519d4b32f"
    }
  },
  {
    name: "letters",
    about: "145,600 letters, capital and small ones together",
    train: 124_800,
    test: 20_800,
    classes: 26,
    md5: {
      "train-images-idx3": "8795078f199c478165fe18db82625747",
      "train-labels-idx1": "c16de4f1848ddcdddd39ab65d2a7be52",
      "test-images-idx3": "382093a19703f68edac6d01b8dfdfcad",
      "test-labels-idx1": "d4108920cd86601ec7689a97f2de7f59"
    }
  },
  {
    name: "digits",
    about: "280,000 digits",
    train: 240_000,
    test: 40_000,
    classes: 10,
    md5: {
      "train-images-idx3": "d2662ecdc47895a6bbfce25de9e9a677",
      "train-labels-idx1": "2223fcfee618ac9c89ef20b6e48bcf9e",
      "test-images-idx3": "a159b8b3bd6ab4ed4793c1cb71a2f5cc",
      "test-labels-idx1": "8afde66ea51d865689083ba6bb779fac"
    }
  },
  {
    name: "mnist",
    about: "70,000 digits, prepared as the others are",
    train: 60_000,
    test: 10_000,
    classes: 10,
    md5: {
      "train-images-idx3": "3663598a39195d030895b6304abb5065",
      "train-labels-idx1": "6c092f03c9bb63e678f80f8bc605fe37",
      "test-images-idx3": "fb51b6430fc4dd67deaada1bf25d4524",
      "test-labels-idx1": "ae7f6be798a9a5d5f2bd32e078a402dd"
    }
  },
  {
    name: "bymerge",
    about: "814,255 digits and letters, those that look alike as one",
    train: 697_932,
    test: 116_323,
    classes: 47,
    md5: {
      "train-images-idx3": "4a792d4df261d7e1ba27979573bf53f3",
      "train-labels-idx1": "491be69ef99e1ab1f5b7f9ccc908bb26",
      "test-images-idx3": "8eb5d34c91f1759a55831c37ec2a283f",
      "test-labels-idx1": "c13f4cd5211cdba1b8fa992dae2be992"
    }
  },
  {
    name: "byclass",
    about: "814,255 digits and letters",
    train: 697_932,
    test: 116_323,
    classes: 62,
    md5: {
      "train-images-idx3": "712dda0bd6f00690f32236ae4325c377",
      "train-labels-idx1": "ee299a3ee5faf5c31e9406763eae7e43",
      "test-images-idx3": "1435209e34070a9002867a9ab50160d7",
      "test-labels-idx1": "7a0f934bd176c798ecba96b36fda6657"
    }
  }
]

function emnistPart({ name, about, train, test, classes, md5 }: Part): ImageDataSet {
  const fileOf = (file: (typeof FILES)[number]) => `emnist-${name}-${file}-ubyte`
  const files = FILES.map(fileOf)
  return dataSet({
    name: `emnist-${name}`,
    title: `EMNIST ${name}: ${about} (Cohen et al. 2017; 28×28, grey, ${classes} classes)`,
    source: {
      kind: "published",
      format: "idx",
      train: [files[0], files[1]],
      test: [files[2], files[3]],
      // Digests are published of the gzipped files alone.
      files: Object.fromEntries(files.map((file) => [file, null])),
      archives: [
        ...FILES.map((file) => ({
          name: `${fileOf(file)}.gz`,
          digest: `md5:${md5[file]}`,
          holds: [fileOf(file)]
        })),
        { ...ARCHIVE, holds: files }
      ],
      // Letters are numbered from 1.
      ...(name === "letters" && { names: LETTERS })
    },
    places: {
      folders: ["emnist", "EMNIST", "EMNIST/raw", "emnist/gzip", "EMNIST/raw/gzip"],
      addresses: { [ARCHIVE.name]: ["https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"] }
    },
    shape: { count: train, test, channels: 1, height: 28, width: 28, classes },
    validation: test,
    splitSeed: 0
  })
}

const LETTERS: readonly [string, ...ReadonlyArray<string>] = ["1", ...Array.from({ length: 25 }, (_, i) => `${i + 2}`)]

/** All six; the first has as many images of each class. */
export const emnist: ReadonlyArray<ImageDataSet> = PARTS.map(emnistPart)
