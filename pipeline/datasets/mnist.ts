import { dataSet } from "./dataset.ts"
import { idxFiles } from "./mnist-like.ts"

/** MNIST, the authors' own files (http://yann.lecun.com/exdb/mnist). */
export const mnist = dataSet({
  name: "mnist",
  title: "MNIST: 70,000 handwritten digits (LeCun, Cortes & Burges; 28×28, grey, 10 classes)",
  ...idxFiles(
    {
      trainImages: { packed: "f68b3c2dcbeaaa9fbdd348bbdeb94873", unpacked: "6bbc9ace898e44ae57da46a324031adb" },
      trainLabels: { packed: "d53e105ee54ea40749a09fcbcd1e9432", unpacked: "a25bea736e30d166cdddb491f175f624" },
      testImages: { packed: "9fb629c4189551a2d022fa330f9573f3", unpacked: "2646ac647ad5339dbf082846283269ea" },
      testLabels: { packed: "ec29112dd5afa0611ce80d1b7f02629c", unpacked: "27ae3e4e09519cfbb04c329615203637" }
    },
    {
      folders: ["mnist", "MNIST", "MNIST/raw", "mnist/raw"],
      addresses: [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/"
      ]
    }
  ),
  validation: 10_000,
  splitSeed: 0
})
