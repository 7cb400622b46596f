/** The study `expansion`: what it takes from `quick`, what it refuses, and a small run with the real command. */
import { expect, test } from "vitest"
import { cifar10 } from "../../pipeline/datasets/cifar10.ts"
import { digits } from "../../pipeline/datasets/digits.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import { expand } from "../../pipeline/stages/expand.ts"
import type { TrainParameters } from "../../pipeline/stages/schemas.ts"
import { train } from "../../pipeline/stages/train.ts"
import { expansion } from "../../pipeline/studies/expansion.ts"
import { expansionPaper } from "../../pipeline/studies/expansion-paper.ts"
import { paper } from "../../pipeline/studies/paper.ts"
import { quick } from "../../pipeline/studies/quick.ts"
import { ParameterError } from "../../src/graph/errors.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import { VIEWS } from "../../src/results/expansion.ts"
import { nextShorter } from "../../src/run/extents.ts"
import { workOf } from "../../src/run/predict.ts"
import { executed, filesIn, makeProject, publishedIn } from "../support/project.ts"

const graphOf = (study: typeof quick) => buildGraph(study([digits]).nodes())
const trial = (layers: number): TrainParameters => ({
  ...(graphOf(quick).nodes.find((node) => node.stage.name === "train")!.parameters as TrainParameters),
  layers,
  depth: layers
})
const refusal = (make: () => unknown): string => {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(ParameterError)
    return (error as ParameterError).message
  }
  throw new Error("it was not refused")
}

test("its networks are those of quick, of some of its seeds: nothing that quick has trained is trained again", () => {
  const seeds = new Set(graphOf(expansion).nodes.map((node) => node.parameters.seed))
  const trainings = (study: typeof quick) =>
    graphOf(study)
      .nodes.filter(({ stage, parameters: p }) => stage.name === "train" && p.layers !== 1 && seeds.has(p.seed))
      .map((node) => node.encoded)
  expect(trainings(quick).length).toBeGreaterThan(0)
  expect(trainings(expansion)).toEqual(expect.arrayContaining([...trainings(quick)]))
})

test("expansion-paper borrows the trainings of paper's two series, and trains nothing but what goes on from them", () => {
  const [own, lender] = [expansionPaper([mnist]), paper([mnist, cifar10])].map((study) => buildGraph(study.nodes()))
  const trainings = (graph: typeof own) => graph.nodes.filter((node) => node.stage.name === "train")
  const lent = new Set(trainings(lender).map((node) => node.encoded))
  const borrowed = new Set(expansionPaper([mnist]).borrows().map(own.indexOf))
  for (const { index, encoded, parameters } of trainings(own)) {
    expect(borrowed.has(index)).toBe(lent.has(encoded))
    expect(lent.has(encoded)).toBe(parameters.from === undefined)
  }
  // 5 numbers of layers and 5 of filters besides 1, 8 seeds, both architectures.
  expect(borrowed.size).toBe(10 * 8 * 2)
  expect(trainings(own)).toHaveLength(borrowed.size + 10 * 4)
})

test("each analysis before the end is of a shorter training, which the longer one waits for and goes on from", () => {
  const graph = graphOf(expansion)
  const { nodes } = graph
  const shorter = nextShorter(graph, [...nodes.keys()])
  const epochs = nodes
    .filter((node) => node.name.startsWith("train/digits/layers=16,depth=16,filters=1,seed=0"))
    .map(({ index, parameters }) => [parameters.epochs, nodes[shorter.get(index) ?? -1]?.parameters.epochs])
  expect(epochs).toEqual([
    [1, undefined],
    [2, 1],
    [4, 2]
  ])
})

test("orders above a limit are refused with their price", () => {
  const node = (layers: number, order: number) =>
    expand.node({ trial: trial(layers), order, views: VIEWS, examples: 8, precision: "f64" })
  expect(node(32, 3).parameters.order).toBe(3)
  expect(node(12, 12).parameters.order).toBe(12)
  expect(refusal(() => node(32, 4))).toContain(
    "the exact terms of 32 blocks up to order 4 cost 41,448 evaluations of a block for each example; at most 8,192 are allowed, which reach order 3"
  )
  expect(refusal(() => node(4, 5))).toContain("order 5 is more than the network has blocks, 4")
})

test("the predicted work grows with the evaluations", () => {
  const work = (layers: number, order: number) =>
    workOf(
      buildGraph([expand.node({ trial: trial(layers), order, views: VIEWS, examples: 8, precision: "f64" })]).nodes.at(
        -1
      )!
    )
  // T_3 of 32 blocks: 5,488 evaluations, and 32·(32 + 40) for spectrum, gradient and power iterations.
  expect(work(32, 3) / work(32, 1)).toBeCloseTo((5488 + 32 * 72) / (32 + 32 * 72), 10)
})

test("a training may start from its own weights at another depth", () => {
  const node = train.node({ ...trial(4), depth: 1, from: { depth: 4, epochs: 3 } })
  const { nodes } = buildGraph([node])
  const own = nodes.find((one) => one.parameters.depth === 1)!
  const source = nodes[own.inputs.find(({ name }) => name === "initial")!.sources[0].node]
  expect(own.name).toBe("train/digits/layers=4,depth=1,filters=1,from=4@3,seed=0")
  expect(source.parameters).toMatchObject({ depth: 4, epochs: 3 })
  expect(refusal(() => train.node({ ...trial(4), from: { depth: 3, epochs: 1 } }))).toContain("3 blocks cannot share 4")
})

test("a small run gives the report, with the trained weights scoring the same in the other architecture's first line", async () => {
  const project = makeProject({ pipeline: "own" })
  const small = [
    ...["layers=2", "filters=1", "filterLayers=2", "activations=relu", "seeds=0", "epochs=2", "moments=0,1"],
    ...["examples=8", "readoutExamples=50", "readoutEpochs=1"]
  ].flatMap((setting) => ["--set", setting])
  const lines = await project.json(["run", "expansion", ...small])
  const names = executed(lines)
  expect(names.filter((name) => name.startsWith("expand/"))).toEqual(
    expect.arrayContaining([0, 1, 2].map((e) => `expand/digits/layers=2,depth=2,filters=1,seed=0,epochs=${e}`))
  )
  expect(filesIn(project.path(publishedIn(lines)))).toContain("index.html")
  expect(executed(await project.json(["run", "expansion", ...small]))).toEqual([])

  // T_0 + T_1 is the parallel network with these weights: what readout finds is what a training starts from.
  const get = async (node: string) => (await project.run(["get", node, ...small, "--out", "-"])).stdout
  const readout = JSON.parse(await get("readout/digits/layers=2,depth=2,filters=1,seed=0:readout"))
  const [first] = (await get("train/digits/layers=2,depth=1,filters=1,from=2@2,seed=0:history")).split("\n")
  expect(readout[1].trained.validation.accuracy).toBeCloseTo(JSON.parse(first).validationAccuracy, 2)
  expect(readout[1].trained.validation.loss).toBeCloseTo(JSON.parse(first).validationLoss, 4)
})
