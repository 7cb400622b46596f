import { dataSet } from "./dataset.ts"

const archive = "cifar-100-binary.tar.gz"

/** CIFAR-100, binary version, fine labels (https://www.cs.toronto.edu/~kriz/cifar.html, with the archive's MD5). */
export const cifar100 = dataSet({
  name: "cifar100",
  title: "CIFAR-100: 60,000 photographs (Krizhevsky 2009; 32×32, colour, 100 classes)",
  source: {
    kind: "published",
    format: "cifar100",
    train: ["train.bin"],
    test: ["test.bin"],
    // Only the archive's digest is published.
    files: { "train.bin": null, "test.bin": null },
    archives: [{ name: archive, digest: "md5:03b5dce01913d631647c71ecec9e9cb8", holds: ["train.bin", "test.bin"] }]
  },
  places: {
    folders: ["cifar100", "CIFAR100", "cifar-100-binary"],
    addresses: { [archive]: [`https://www.cs.toronto.edu/~kriz/${archive}`] }
  },
  shape: { count: 50_000, test: 10_000, channels: 3, height: 32, width: 32, classes: 100 },
  validation: 10_000,
  splitSeed: 0
})

/**
 * A fifth of CIFAR-100's training set (100 of the 500 images of each class, in an order of its own) with the whole test
 * set. Results with it are not comparable with published ones on CIFAR-100.
 */
export const cifar100Fifth = dataSet({
  name: "cifar100-fifth",
  title:
    "A fifth of CIFAR-100's training set, 10,000 photographs, with the whole test set (32×32, colour, 100 classes)",
  source: {
    kind: "published",
    format: "cifar100",
    train: ["train_part1.bin"],
    test: ["test.bin"],
    files: {
      "train_part1.bin": "sha256:0de582591dcbc6c021b69a26d52e3c2bae0e50c0d639b8f4e750b548a52b92bf",
      "test.bin": "sha256:9e687cc89283074b7d1de53ff1cb5a8c9c9aea854edd01d18a66ee3e44c262ab"
    },
    archives: []
  },
  places: { folders: ["cifar-100-binary", "cifar100", "cifar100/cifar-100-binary"], addresses: {} },
  shape: { count: 10_000, test: 10_000, channels: 3, height: 32, width: 32, classes: 100 },
  validation: 2_000,
  splitSeed: 0
})
