/** The two small networks whose training rates `pipeline doctor` tells: one filter and sixteen, on MNIST's images. */
import type { Network } from "../../network/network.ts"

const network = (layers: number, filters: number): Network => ({
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

export const SAMPLES = [network(4, 1), network(4, 16)].map((network) => ({ network, batch: 512 }))
