import { dataSet } from "./dataset.ts"

/**
 * A data set of image files (PNG, JPEG, WebP, TIFF, GIF, BMP), to copy: paths are relative to the project, and its name goes
 * into the list `datasets` in pipeline.ts. A set is a folder with a folder for each class, or a table of paths and labels
 * (CSV, JSON Lines, or separated by tabs), or several of them. What grey, colour, alpha, … become: src/data/files/decode.ts.
 */
export const exampleImages = dataSet({
  name: "example-images",
  title: "Tiny ImageNet (64×64, colour, 200 classes)",
  source: {
    kind: "images",
    train: ["data/tiny-imagenet-200/train"],
    // Columns by name, or by place from 0 where no names stand above them.
    test: [
      {
        table: "data/tiny-imagenet-200/val/val_annotations.txt",
        folder: "data/tiny-imagenet-200/val/images",
        path: 0,
        label: 1
      }
    ],
    // What becomes of pictures of another size than declared: their middle, or all of it ("stretch"); refused without.
    size: "crop"
  },
  shape: { count: 100_000, test: 10_000, channels: 3, height: 64, width: 64, classes: 200 },
  validation: 10_000,
  splitSeed: 0
})
