/** Settings by which a study runs a part of its grid that stands for the whole (`--sample N`). */
import * as Schema from "effect/Schema"
import type { Draw } from "../../src/graph/draw.ts"
import { ParameterError } from "../../src/graph/errors.ts"
import { LEAST_SHARE } from "../../src/statistics/sampled.ts"
import { evaluate } from "../stages/evaluate.ts"
import { Count, Seed } from "../stages/numbers.ts"
import { type Sample, unitsOf } from "../stages/sample.ts"
import type { Grid } from "../stages/schemas.ts"

export const samplingSettings = {
  /** Configurations that are drawn on average, each with both architectures and all seeds; null: the whole grid. */
  sample: Schema.NullOr(Count),
  /** Of the draw: another one draws others. */
  sampleSeed: Seed
}
export type SamplingSettings = Schema.Schema.Type<Schema.Struct<typeof samplingSettings>>

export const wholeGrid: SamplingSettings = { sample: null, sampleSeed: 0 }

export const sampleIn = ({ sample, sampleSeed }: SamplingSettings): Sample | undefined =>
  sample === null ? undefined : { expected: sample, seed: sampleSeed }

/** All configurations of the grids, those drawn among them. Throws `ParameterError` where none is. */
function drawFrom(study: string, grids: ReadonlyArray<Grid>, { expected, seed }: Sample) {
  const units = unitsOf(grids, { expected, seed })
  const drawn = units.filter((unit) => unit.drawn)
  if (drawn.length > 0) return { of: units.length, drawn }
  const problem = `sample = ${expected}: none of its ${units.length} configurations is drawn (sampleSeed = ${seed}); ask for more`
  throw new ParameterError({ where: `study '${study}'`, problems: [problem] })
}

/** The trials of what is drawn of the grids. Throws `ParameterError` where that is nothing. */
export const drawnTrialsIn = (study: string, grids: ReadonlyArray<Grid>, sample: Sample) =>
  drawFrom(study, grids, sample).drawn.flatMap(({ trials }) => trials)

/** What is drawn of the grids. Throws `ParameterError` where that is nothing. */
export function drawOf(study: string, grids: ReadonlyArray<Grid>, sample: Sample): Draw {
  const { of, drawn: units } = drawFrom(study, grids, sample)
  return {
    ...{ of, expected: sample.expected, seed: sample.seed },
    drawn: units.map(({ name, probability, trials }) => ({
      ...{ name, probability },
      nodes: trials.map((trial) => evaluate.node(trial))
    }))
  }
}

/** The report's line on it. */
export const samplingAssumptions = (sample: Sample | undefined) =>
  sample === undefined
    ? []
    : [
        {
          name: "sample",
          value: `about ${sample.expected} configurations, each with both architectures and all seeds, by probabilities inversely as their counted operations, none below 1/${1 / LEAST_SHARE} of the largest; draw ${sample.seed}`,
          why: "the whole grid is out of reach; what is drawn follows from the grid, the number and the draw's seed alone"
        }
      ]
