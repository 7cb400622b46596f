/** What the engines of a plan need and what is made when it is first needed. */
import * as Effect from "effect/Effect"
import type { EngineUnavailable } from "../engine/unavailable.ts"
import { compileKernels } from "../engine/wasm/compile.ts"
import type { Plan } from "../graph/plan.ts"
import { tell } from "./output.ts"

/** Compiles the kernels that the nodes to be run compute with. */
export const prepareEngines = ({ graph, runs }: Pick<Plan, "graph" | "runs">) =>
  Effect.tryPromise({
    try: () =>
      compileKernels(
        runs.flatMap((index) => graph.nodes[index].engine ?? []),
        tell
      ),
    catch: (error) => error as EngineUnavailable
  })
