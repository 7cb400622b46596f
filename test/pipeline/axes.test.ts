/** An axis has each of its values once, and each trial counts once, however a study is declared. */
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import { expect, test } from "vitest"
import { digits } from "../../pipeline/datasets/digits.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import { expansionReport } from "../../pipeline/stages/expansion-report.ts"
import { report } from "../../pipeline/stages/report.ts"
import type { Grid } from "../../pipeline/stages/schemas.ts"
import { depth } from "../../pipeline/studies/depth.ts"
import { expansion } from "../../pipeline/studies/expansion.ts"
import { paper } from "../../pipeline/studies/paper.ts"
import { quick } from "../../pipeline/studies/quick.ts"
import { Axis } from "../../src/graph/axis.ts"
import { definePipeline, select } from "../../src/graph/pipeline.ts"

const datasets = [digits, mnist]
const studies = [quick, paper, depth, expansion].map((study) => study(datasets))
const pipeline = definePipeline({ datasets, stages: [], studies, default: ["quick"] })

const refused = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    return (error as Error).message
  }
  return "it was taken"
}

test.for([
  ["quick", "seeds", "0,1,1,1", "1 stands in it 3 times, and would count 3 times: name each once"],
  ["quick", "seeds", "0,0.0", "0 stands in it twice, and would count twice: name each once"],
  ["quick", "seeds", "1,1e0", "1 stands in it twice"],
  ["quick", "seeds", "0,-0", "0 stands in it twice"],
  ["quick", "seeds", "[2, 2]", "2 stands in it twice"],
  ["quick", "layers", "1,2,1", "1 stands in it twice"],
  ["quick", "filters", "4,4", "4 stands in it twice"],
  ["paper", "datasets", "mnist,mnist", "mnist stands in it twice"],
  ["paper", "kernels", "3,3", "3 stands in it twice"],
  ["paper", "activations", "relu,relu", "relu stands in it twice"],
  ["paper", "subsetExamples", "300,300", "300 stands in it twice"],
  ["paper", "subsetLayers", "2,2", "2 stands in it twice"],
  ["depth", "seeds", "5,5", "5 stands in it twice"],
  ["depth", "subsetFilters", "1,1", "1 stands in it twice"],
  ["expansion", "activations", "tanh,tanh", "tanh stands in it twice"],
  ["expansion", "seeds", "7,7", "7 stands in it twice"]
] as const)("%s: --set %s=%s is refused", ([study, setting, text, problem]) => {
  const message = refused(() => select(pipeline, [study], { [setting]: text }))
  expect(message).toContain(`study '${study}': ${setting} = ${text}: ${problem}`)
})

test("each value once is taken, in whatever order", () => {
  const names = (seeds: string) => select(pipeline, ["quick"], { seeds, layers: "2", filters: "1" }).graph.nodes.length
  expect(names("3,1")).toBe(names("1,3"))
  const decode = SchemaParser.decodeUnknownSync(Axis(Schema.Int))
  expect(decode([2, 0, 1])).toEqual([2, 0, 1])
  expect(refused(() => decode([]))).not.toBe("it was taken")
})

test("a study that is declared in code cannot count a trial twice", () => {
  const [{ parameters: quickly }] = quick(datasets).nodes()
  const { trials, ...rest } = quickly as Parameters<typeof report.node>[0]
  if (!Array.isArray(trials)) throw new Error("quick lists its trials")
  expect(refused(() => report.node({ ...rest, trials: [...trials, trials[0]] }))).toContain(
    "digits/layers=1,depth=1,filters=1,seed=0 stands in it twice"
  )
  const [{ parameters: apart }] = expansion(datasets).nodes()
  const analysis = apart as Parameters<typeof expansionReport.node>[0]
  const networks = [...analysis.networks, analysis.networks[0]]
  expect(refused(() => expansionReport.node({ ...analysis, networks }))).toContain("stands in it twice")
})

test("grids that overlap are refused, those that do not are taken", () => {
  const [{ parameters }] = depth(datasets).nodes()
  const given = parameters as Parameters<typeof report.node>[0]
  if (!("grids" in given.trials)) throw new Error("depth has grids")
  const [grid] = given.trials.grids
  const both = (other: Partial<Grid>) => () =>
    report.node({ ...given, trials: { grids: [grid, { ...grid, ...other }] } })
  expect(refused(both({ seeds: [9, 5] }))).toContain(
    "the trial digits/layers=16,depth=16,filters=1,seed=5 is in two of them"
  )
  expect(refused(both({ depths: "ends" }))).toContain("is in two of them")
  expect(refused(both({ seeds: [9] }))).toBe("it was taken")
  expect(refused(both({ epochs: 1 }))).toBe("it was taken")
  expect(refused(both({ seeds: [9, 9] }))).toContain("9 stands in it twice")
})

test("what only a stage refuses is said of the setting that was typed, once", () => {
  const message = (overrides: Record<string, string>) => refused(() => select(pipeline, ["quick"], overrides))
  expect(message({ epochs: "-3" })).toBe("study 'quick': epochs = -3: expected a value between 0 and 100000")
  expect(message({ learningRate: "1e999" })).toBe("study 'quick': learningRate = 1e999: expected a finite number")
  expect(message({ seeds: "-1,-2,3" })).toBe(
    "study 'quick': seeds = -1,-2,3: expected a value between 0 and 4294967295, found -1, -2"
  )
  expect(message({ "quick.seeds": "9007199254740993" })).toBe(
    "study 'quick': seeds = 9007199254740993: expected an integer"
  )
  expect(message({ seeds: "" })).toBe("study 'quick': seeds = \"\": expected at least one value")
})
