/** Trains one network on standardized images, at its own learning rate or the one that a search has found. */
import type { Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FirstOrderTrial } from "../schemas.ts"
import { standardized } from "./standardized.ts"
import train from "./train.ts"
import trainSearched from "./train-searched.ts"

const compute: Compute<FirstOrderTrial, Engine> = (context) =>
  (context.parameters.search === undefined ? train : trainSearched)(standardized(context))

export default compute
