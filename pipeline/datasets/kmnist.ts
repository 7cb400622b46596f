import { dataSet } from "./dataset.ts"
import { idxFiles } from "./mnist-like.ts"

/**
 * Kuzushiji-MNIST, as http://codh.rois.ac.jp/kmnist distributes it (CC BY-SA 4.0). Digests are those of torchvision's class
 * KMNIST, of the gzipped files; those of the unpacked ones are not published, so that the gzipped ones are wanted.
 */
export const kmnist = dataSet({
  name: "kmnist",
  title: "Kuzushiji-MNIST: 70,000 cursive Japanese characters (Clanuwat et al. 2018; 28×28, grey, 10 classes)",
  ...idxFiles(
    {
      trainImages: { packed: "bdb82020997e1d708af4cf47b453dcf7" },
      trainLabels: { packed: "e144d726b3acfaa3e44228e80efcd344" },
      testImages: { packed: "5c965bf0a639b31b8f53240b1b52f4d7" },
      testLabels: { packed: "7320c461ea6c1c855c0b718fb2a4b134" }
    },
    {
      folders: ["kmnist", "KMNIST", "KMNIST/raw"],
      addresses: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/", "https://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    }
  ),
  validation: 10_000,
  splitSeed: 0
})
