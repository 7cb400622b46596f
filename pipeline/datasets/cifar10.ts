import { dataSet } from "./dataset.ts"

const archive = "cifar-10-binary.tar.gz"
const files = {
  "data_batch_1.bin": "sha256:cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
  "data_batch_2.bin": "sha256:a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
  "data_batch_3.bin": "sha256:bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
  "data_batch_4.bin": "sha256:014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
  "data_batch_5.bin": "sha256:755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
  "test_batch.bin": "sha256:8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"
} as const

/** CIFAR-10, binary version (https://www.cs.toronto.edu/~kriz/cifar.html, with the archive's MD5). */
export const cifar10 = dataSet({
  name: "cifar10",
  title: "CIFAR-10: 60,000 photographs (Krizhevsky 2009; 32×32, colour, 10 classes)",
  source: {
    kind: "published",
    format: "cifar10",
    train: ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
    test: ["test_batch.bin"],
    files,
    archives: [{ name: archive, digest: "md5:c32a1d4ab5d03f1284b67883e8d87530", holds: Object.keys(files) }]
  },
  places: {
    folders: ["cifar-10-batches-bin", "cifar10", "cifar10/cifar-10-batches-bin", "CIFAR10/cifar-10-batches-bin"],
    addresses: {
      [archive]: [
        `https://www.cs.toronto.edu/~kriz/${archive}`,
        `https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/${archive}`,
        `https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/${archive}`
      ]
    }
  },
  shape: { count: 50_000, test: 10_000, channels: 3, height: 32, width: 32, classes: 10 },
  validation: 10_000,
  splitSeed: 0
})
