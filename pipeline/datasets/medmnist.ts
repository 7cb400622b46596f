import { dataSet, type ImageDataSet } from "./dataset.ts"

interface MedMnist {
  readonly name: string
  readonly title: string
  readonly md5: string
  readonly training: number // images for training and for validation, of which studies split theirs
  readonly validation: number
  readonly test: number
  readonly addresses: ReadonlyArray<string>
}

/**
 * Sets of MedMNIST v2 (Yang et al., Scientific Data 2023, https://medmnist.com; CC BY 4.0; not for clinical use), 28×28,
 * grey. The authors' validation images count among the training images, of which studies split as many.
 */
function medMnist({ name, title, md5, training, validation, test, addresses }: MedMnist): ImageDataSet {
  const file = `${name}.npz`
  return dataSet({
    name,
    title,
    source: {
      kind: "published",
      format: "medmnist",
      train: [file],
      test: [file],
      files: { [file]: `md5:${md5}` },
      archives: addresses.length === 0 ? [] : [{ name: file, digest: `md5:${md5}`, holds: [file] }]
    },
    places: { folders: ["medmnist", ".medmnist"], addresses: addresses.length === 0 ? {} : { [file]: addresses } },
    shape: { count: training, test, channels: 1, height: 28, width: 28, classes: 2 },
    validation,
    splitSeed: 0
  })
}

export const breastMnist = medMnist({
  name: "breastmnist",
  title: "BreastMNIST: 780 ultrasound images, malignant or not (Al-Dhabyani et al. 2020; 28×28, grey, 2 classes)",
  md5: "750601b1f35ba3300ea97c75c52ff8f6",
  training: 546 + 78,
  validation: 78,
  test: 156,
  addresses: ["https://zenodo.org/records/10519652/files/breastmnist.npz?download=1"]
})

/** The images and labels of PneumoniaMNIST, its training images in another order: not its authors' file. */
export const pneumoniaMnistReordered = medMnist({
  name: "pneumoniamnist-reordered",
  title:
    "PneumoniaMNIST, its training images in another order: 5,856 chest X-rays (Kermany et al. 2018; 28×28, grey, 2 classes)",
  md5: "651d3d914a72f1e06c2e9aae0324eca1",
  training: 4708 + 524,
  validation: 524,
  test: 624,
  addresses: []
})
