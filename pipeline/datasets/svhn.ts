import { dataSet } from "./dataset.ts"

const [train, test] = ["train_32x32.mat", "test_32x32.mat"]
/** As torchvision's class SVHN has them. */
const files = {
  [train]: "md5:e26dedcc434d2e4c54c9b2d4a06d8373",
  [test]: "md5:eb5a983be6a315427106f1b164d9cef3"
}
const address = "http://ufldl.stanford.edu/housenumbers/"

/**
 * Street View House Numbers, cropped digits (http://ufldl.stanford.edu/housenumbers; for research alone), without the extra
 * training images. A zero has the label 10 in the files, and is class 0.
 */
export const svhn = dataSet({
  name: "svhn",
  title: "SVHN: 99,289 digits of house numbers (Netzer et al. 2011; 32×32, colour, 10 classes)",
  source: {
    kind: "published",
    format: "svhn",
    train: [train],
    test: [test],
    files,
    archives: [train, test].map((name) => ({ name, digest: files[name], holds: [name] })),
    names: ["10", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
  },
  places: {
    folders: ["svhn", "SVHN"],
    addresses: { [train]: [address + train], [test]: [address + test] }
  },
  shape: { count: 73_257, test: 26_032, channels: 3, height: 32, width: 32, classes: 10 },
  validation: 10_000,
  splitSeed: 0
})
