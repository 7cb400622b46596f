/** Finds a learning rate for trainings on standardized images. */
import type { Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import search, { type SearchParameters } from "./search.ts"
import { standardized } from "./standardized.ts"

const compute: Compute<SearchParameters, Engine> = (context) => search(standardized(context))

export default compute
