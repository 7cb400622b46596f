import { dataSet } from "./dataset.ts"

/**
 * A data set in tables with an image a row, to copy: its label and its pixels, as in Kaggle's `train.csv` of MNIST. Paths
 * are relative to the project, and its name goes into the list `datasets` in pipeline.ts.
 */
export const exampleCsv = dataSet({
  name: "example-csv",
  title: "Digits in a table (28×28, grey, 10 classes)",
  source: {
    kind: "csv",
    train: "data/digits/train.csv",
    // The column of the labels, by its name or by its place from 0.
    label: "label"
  },
  shape: { count: 42_000, channels: 1, height: 28, width: 28, classes: 10 },
  validation: 7_000,
  splitSeed: 0
})
