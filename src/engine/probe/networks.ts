/** Networks to measure engines with. */
import type { Network } from "../../network/network.ts"

/** A sequential network on images of MNIST's size. */
export const deepNetwork = (layers: number, filters: number): Network => ({
  channels: 1,
  height: 28,
  width: 28,
  classes: 10,
  layers,
  depth: layers,
  filters,
  kernel: 3,
  activation: "relu",
  residual: true
})

/** The two whose training rates `pipeline doctor` tells: one filter and sixteen. */
export const SAMPLES = [deepNetwork(4, 1), deepNetwork(4, 16)].map((network) => ({ network, batch: 512 }))
