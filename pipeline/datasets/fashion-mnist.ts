import { dataSet } from "./dataset.ts"
import { idxFiles } from "./mnist-like.ts"

/** Fashion-MNIST, as https://github.com/zalandoresearch/fashion-mnist distributes it. */
export const fashionMnist = dataSet({
  name: "fashion-mnist",
  title: "Fashion-MNIST: 70,000 pictures of clothing (Xiao, Rasul & Vollgraf 2017; 28×28, grey, 10 classes)",
  ...idxFiles(
    {
      trainImages: { packed: "8d4fb7e6c68d591d4c3dfef9ec88bf0d", unpacked: "f4a8712d7a061bf5bd6d2ca38dc4d50a" },
      trainLabels: { packed: "25c81989df183df01b3e8a0aad5dffbe", unpacked: "9018921c3c673c538a1fc5bad174d6f9" },
      testImages: { packed: "bef4ecab320f06d8554ea6380940ec79", unpacked: "8181f5470baa50b63fa0f6fddb340f0a" },
      testLabels: { packed: "bb300cfdad3c16e7a12a480ee83cd310", unpacked: "15d484375f8d13e6eb1aabb0c3f46965" }
    },
    {
      folders: ["fashion-mnist", "FashionMNIST", "FashionMNIST/raw", "fashion", "data/fashion"],
      addresses: [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
      ]
    }
  ),
  validation: 10_000,
  splitSeed: 0
})
