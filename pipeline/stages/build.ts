import { defineStage } from "../../src/graph/stage.ts"
import { trialAxes } from "./axes.ts"
import { BuildParameters } from "./schemas.ts"
import { trialLabel } from "./trial.ts"

const modules = {
  usual: new URL("./compute/build.ts", import.meta.url),
  scaled: new URL("./compute/build-scaled.ts", import.meta.url)
}

/** Initial values: the same for every depth, so that architectures are paired. */
export const build = defineStage({
  name: "build",
  description: "draws a network's initial values from its seed, the same for every depth",
  parameters: BuildParameters,
  label: trialLabel,
  axes: trialAxes,
  outputs: {
    weights: { extension: "safetensors", keep: "digest", description: "all parameters, in PyTorch's layout" }
  },
  compute: ({ gain }) => (gain === undefined ? modules.usual : modules.scaled),
  work: ({ layers, filters, kernel, dataset: { shape } }) =>
    1e-3 + 1e-6 * (layers * filters ** 2 * kernel ** 2 + filters * shape.height * shape.width * shape.classes)
})
