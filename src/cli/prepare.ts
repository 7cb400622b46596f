/** What the engines of a plan need and what is made when it is first needed. */
import * as Effect from "effect/Effect"
import { startBuild } from "../engine/native/start.ts"
import type { EngineUnavailable } from "../engine/unavailable.ts"
import { compileKernels } from "../engine/wasm/compile.ts"
import type { Plan } from "../graph/plan.ts"
import { tell } from "./output.ts"

/** Compiles the kernels that the nodes to be run compute with; native ones come while they run. */
export const prepareEngines = ({ graph, runs }: Pick<Plan, "graph" | "runs">) =>
  Effect.tryPromise({
    try: async () => {
      const uses = runs.flatMap((index) => graph.nodes[index].engine ?? [])
      await compileKernels(uses, tell)
      startBuild(uses)
    },
    catch: (error) => error as EngineUnavailable
  })
