/** Trains one network at the learning rate that a search has found. */

import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { readSearched } from "../../../src/results/search.ts"
import type { FirstOrderTrial } from "../schemas.ts"
import train from "./train.ts"

const compute: Compute<FirstOrderTrial, Engine | DeviceEngine> = (context) => {
  const { parameters, inputs } = context
  const { learningRate } = readSearched(inputs.rate)
  return train({ ...context, parameters: { ...parameters, optimizer: { ...parameters.optimizer, learningRate } } })
}

export default compute
