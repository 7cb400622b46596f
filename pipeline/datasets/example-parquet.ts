import { dataSet } from "./dataset.ts"

/**
 * A data set in Parquet files as Hugging Face keeps them, to copy: a column of image files and one of labels. Paths are
 * relative to the project, and its name goes into the list `datasets` in pipeline.ts.
 */
export const exampleParquet = dataSet({
  name: "example-parquet",
  title: "Beans from Hugging Face (64×64, colour, 3 classes)",
  source: {
    kind: "parquet",
    train: ["data/beans/train-00000-of-00001.parquet", "data/beans/validation-00000-of-00001.parquet"],
    test: ["data/beans/test-00000-of-00001.parquet"],
    label: "labels",
    // The middle of each picture; "stretch" takes all of it; without it pictures of another size are refused.
    size: "crop"
  },
  shape: { count: 1034 + 133, test: 128, channels: 3, height: 64, width: 64, classes: 3 },
  validation: 133,
  splitSeed: 0
})
