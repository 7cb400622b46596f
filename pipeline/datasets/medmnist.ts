import { dataSet, type ImageDataSet } from "./dataset.ts"

const SIDES = [28, 64, 128, 224] as const
type Side = (typeof SIDES)[number]

interface MedMnist {
  readonly name: string
  readonly about: string
  readonly channels: 1 | 3
  readonly classes: number
  readonly train: number // images of the authors' splits
  readonly validation: number
  readonly test: number
  readonly md5: Readonly<Record<Side, string>> // of the file of each size
}

/**
 * The sets of MedMNIST v2 whose images are pictures of one class each (Yang et al., Scientific Data 2023,
 * https://medmnist.com; CC BY 4.0, DermaMNIST CC BY-NC 4.0; not for clinical use): numbers and digests are those of the
 * authors' package medmnist 3.0.2. ChestMNIST is not among them: its images are of several of 14 classes at once, or of
 * none, and a network's loss and accuracy here are of one class for each image.
 */
const SETS: ReadonlyArray<MedMnist> = [
  {
    name: "pathmnist",
    about: "PathMNIST: 107,180 pictures of colon tissue (Kather et al. 2019)",
    channels: 3,
    classes: 9,
    train: 89996,
    validation: 10004,
    test: 7180,
    md5: {
      28: "a8b06965200029087d5bd730944a56c1",
      64: "55aa9c1e0525abe5a6b9d8343a507616",
      128: "ac42d08fb904d92c244187169d1fd1d9",
      224: "2c51a510bcdc9cf8ddb2af93af1eadec"
    }
  },
  {
    name: "dermamnist",
    about: "DermaMNIST: 10,015 photographs of skin lesions (Tschandl et al. 2018)",
    channels: 3,
    classes: 7,
    train: 7007,
    validation: 1003,
    test: 2005,
    md5: {
      28: "0744692d530f8e62ec473284d019b0c7",
      64: "b70a2f5635c6199aeaa28c31d7202e1f",
      128: "2defd784463fa5243564e855ed717de1",
      224: "8974907d8e169bef5f5b96bc506ae45d"
    }
  },
  {
    name: "octmnist",
    about: "OCTMNIST: 109,309 optical sections of retinas (Kermany et al. 2018)",
    channels: 1,
    classes: 4,
    train: 97477,
    validation: 10832,
    test: 1000,
    md5: {
      28: "c68d92d5b585d8d81f7112f81e2d0842",
      64: "e229e9440236b774d9f0dfef9d07bdaf",
      128: "0a97e76651ace45c5d943ee3f65b63ae",
      224: "abc493b6d529d5de7569faaef2773ba3"
    }
  },
  {
    name: "pneumoniamnist",
    about: "PneumoniaMNIST: 5,856 chest X-rays (Kermany et al. 2018)",
    channels: 1,
    classes: 2,
    train: 4708,
    validation: 524,
    test: 624,
    md5: {
      28: "28209eda62fecd6e6a2d98b1501bb15f",
      64: "8f4eceb4ccffa70c672198ea285246c6",
      128: "05b46931834c231683c68f40c47b2971",
      224: "d6a3c71de1b945ea11211b03746c1fe1"
    }
  },
  {
    name: "retinamnist",
    about: "RetinaMNIST: 1,600 photographs of retinas (DeepDRiD, Liu et al. 2022)",
    channels: 3,
    classes: 5,
    train: 1080,
    validation: 120,
    test: 400,
    md5: {
      28: "bd4c0672f1bba3e3a89f0e4e876791e4",
      64: "afda852cc34dcda56f86ad2b2457dbcc",
      128: "e48e916a24454daf90583d4e6efb1a18",
      224: "eae7e3b6f3fcbda4ae613ebdcbe35348"
    }
  },
  {
    name: "breastmnist",
    about: "BreastMNIST: 780 ultrasound images, malignant or not (Al-Dhabyani et al. 2020)",
    channels: 1,
    classes: 2,
    train: 546,
    validation: 78,
    test: 156,
    md5: {
      28: "750601b1f35ba3300ea97c75c52ff8f6",
      64: "742edef2a1fd1524b2efff4bd7ba9364",
      128: "363e4b3f8d712e9b5de15470a2aaadf1",
      224: "b56378a6eefa9fed602bb16d192d4c8b"
    }
  },
  {
    name: "bloodmnist",
    about: "BloodMNIST: 17,092 photographs of blood cells (Acevedo et al. 2020)",
    channels: 3,
    classes: 8,
    train: 11959,
    validation: 1712,
    test: 3421,
    md5: {
      28: "7053d0359d879ad8a5505303e11de1dc",
      64: "2b94928a2ae4916078ca51e05b6b800b",
      128: "adace1e0ed228fccda1f39692059dd4c",
      224: "b718ff6835fcbdb22ba9eacccd7b2601"
    }
  },
  {
    name: "tissuemnist",
    about: "TissueMNIST: 236,386 pictures of kidney cells (Ljosa et al. 2012)",
    channels: 1,
    classes: 8,
    train: 165466,
    validation: 23640,
    test: 47280,
    md5: {
      28: "ebe78ee8b05294063de985d821c1c34b",
      64: "123ece2eba09d0aa5d698fda57103344",
      128: "61b955355d7425a89687b06cca3ce0c2",
      224: "b077128c4a949f0a4eb01517f9037b9c"
    }
  },
  {
    name: "organamnist",
    about: "OrganAMNIST: 58,830 axial sections of abdomens (Bilic et al. 2023)",
    channels: 1,
    classes: 11,
    train: 34561,
    validation: 6491,
    test: 17778,
    md5: {
      28: "68e3f8846a6bd62f0c9bf841c0d9eacc",
      64: "2dcccc29b88e6da5a01161ef20cda288",
      128: "eeae80d0a227a8d099027e1b3cfd3b60",
      224: "50747347e05c87dd3aaf92c49f9f3170"
    }
  },
  {
    name: "organcmnist",
    about: "OrganCMNIST: 23,583 coronal sections of abdomens (Bilic et al. 2023)",
    channels: 1,
    classes: 11,
    train: 12975,
    validation: 2392,
    test: 8216,
    md5: {
      28: "b9ceb9546e10131b32923c5bbeaea2b1",
      64: "3ce34a8724ea6f548e6db4744d03b6a9",
      128: "773c1f009daa3fe5d9a2a201b2a7ed94",
      224: "050f5e875dc056f6768abf94ec9995d1"
    }
  },
  {
    name: "organsmnist",
    about: "OrganSMNIST: 25,211 sagittal sections of abdomens (Bilic et al. 2023)",
    channels: 1,
    classes: 11,
    train: 13932,
    validation: 2452,
    test: 8827,
    md5: {
      28: "9ab87b696fb54e2a387ebe992d6ed5f1",
      64: "53a6d115339d874c25e309a994ff46d3",
      128: "ded0c5fa01a95dc4978b956f613e9b8e",
      224: "b354719e553fbbb2513d5533f52a4cb1"
    }
  }
]

interface File {
  readonly name: string
  readonly title: string
  readonly md5: string
  readonly side: Side
  readonly addresses: ReadonlyArray<string>
}

type Numbers = Pick<MedMnist, "channels" | "classes" | "train" | "validation" | "test">

/** The authors' validation images count among the training images, of which studies split as many. */
function medMnist({ channels, classes, train, validation, test }: Numbers, named: File): ImageDataSet {
  const { name, title, md5, side, addresses } = named
  // Files of larger images are called `organamnist_64.npz`, after a data set `organamnist-64`.
  const file = `${side === 28 ? name : name.replace(/-(\d+)$/, "_$1")}.npz`
  return dataSet({
    name,
    title: `${title.slice(0, -1)}; ${side}×${side}, ${channels === 1 ? "grey" : "colour"}, ${classes} classes)`,
    source: {
      kind: "published",
      format: "medmnist",
      train: [file],
      test: [file],
      files: { [file]: `md5:${md5}` },
      archives: addresses.length === 0 ? [] : [{ name: file, digest: `md5:${md5}`, holds: [file] }]
    },
    places: { folders: ["medmnist", ".medmnist"], addresses: addresses.length === 0 ? {} : { [file]: addresses } },
    shape: { count: train + validation, test, channels, height: side, width: side, classes },
    validation,
    splitSeed: 0
  })
}

const ofSide = (set: MedMnist, side: Side): ImageDataSet =>
  medMnist(set, {
    name: side === 28 ? set.name : `${set.name}-${side}`,
    title: set.about,
    md5: set.md5[side],
    side,
    addresses: [`https://zenodo.org/records/10519652/files/${set.name}${side === 28 ? "" : `_${side}`}.npz?download=1`]
  })

/** All of them, 28×28. */
export const medMnist28: ReadonlyArray<ImageDataSet> = SETS.map((set) => ofSide(set, 28))

/** Files and images are kept in memory whole. */
const MOST_BYTES = 2 ** 31 - 1

/** Those of 64×64, 128×128 and 224×224 that fit into memory; `...medMnistLarger` in pipeline.ts adds them all. */
export const medMnistLarger: ReadonlyArray<ImageDataSet> = SETS.flatMap((set) =>
  SIDES.slice(1)
    .filter((side) => (set.train + set.validation + set.test) * set.channels * side * side <= MOST_BYTES)
    .map((side) => ofSide(set, side))
)

/** The images and labels of PneumoniaMNIST, its training images in another order: not its authors' file. */
export const pneumoniaMnistReordered = medMnist(
  { channels: 1, classes: 2, train: 4708, validation: 524, test: 624 },
  {
    name: "pneumoniamnist-reordered",
    title: "PneumoniaMNIST, its training images in another order: 5,856 chest X-rays (Kermany et al. 2018)",
    md5: "651d3d914a72f1e06c2e9aae0324eca1",
    side: 28,
    addresses: []
  }
)

/** What the pipeline has of MedMNIST. */
export const medMnistSets: ReadonlyArray<ImageDataSet> = [...medMnist28, pneumoniaMnistReordered]
