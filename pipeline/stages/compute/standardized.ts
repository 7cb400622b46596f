import type { Engine } from "../../../src/engine/engine.ts"
import type { ComputeContext } from "../../../src/graph/compute.ts"
import { readStatistics } from "../../../src/results/statistics.ts"

/** The same node on an engine whose sessions see images standardized by the input `statistics`. */
export function standardized<P>(context: ComputeContext<P, Engine>): ComputeContext<P, Engine> {
  const { engine, inputs } = context
  const statistics = readStatistics(inputs.statistics)
  return {
    ...context,
    engine: { ...engine, open: (network, options) => engine.open(network, { ...options, statistics }) }
  }
}
