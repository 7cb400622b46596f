/** Scores a network that was trained on standardized images on all that its trial names. */
import type { Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { TrainParameters } from "../schemas.ts"
import evaluate from "./evaluate-further.ts"
import { standardized } from "./standardized.ts"

const compute: Compute<TrainParameters, Engine> = (context) => evaluate(standardized(context))

export default compute
