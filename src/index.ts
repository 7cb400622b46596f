/**
 * The public side: declaring data, stages, studies and pipelines, and computing, without anything of this project's own
 * question. A pipeline is a default export of `pipeline/pipeline.ts`, made by `definePipeline`; the command line finds it
 * there. test/fixtures/words is a whole one, of words in text files.
 *
 *     export default definePipeline({ stages: [read, count], studies: [words], default: ["words"] })
 */
export { Axis } from "./graph/axis.ts"
export type {
  Checkpoints,
  Compute,
  ComputeContext,
  EngineUse,
  Input,
  Outputs,
  Progress,
  ReadFile
} from "./graph/compute.ts"
export type { ComputeOf } from "./graph/compute-of.ts"
export { CycleError, DeclarationError, ParameterError, UnknownTarget } from "./graph/errors.ts"
export { asPattern } from "./graph/paths.ts"
export { type DataSet, definePipeline, type Pipeline, type PipelineDeclaration } from "./graph/pipeline.ts"
export {
  defineStage,
  type Inputs,
  type NodeOptions,
  type NodeReference,
  type OutputDeclaration,
  type OutputReference,
  type Stage,
  type StageDeclaration
} from "./graph/stage.ts"
export { defineStudy, type Study, type StudyDeclaration } from "./graph/study.ts"
