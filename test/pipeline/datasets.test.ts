/** The study `datasets` as it is declared: equal numbers of images, pairs, what a budget takes first, seeds of later looks. */
import { expect, test } from "vitest"
import pipeline from "../../pipeline/pipeline.ts"
import type { TrainParameters } from "../../pipeline/stages/schemas.ts"
import { trainingExamples } from "../../pipeline/stages/trial.ts"
import { buildGraph } from "../../src/graph/graph.ts"

const study = pipeline.studies.find(({ name }) => name === "datasets")!
const portions = study.portions!().map((portion) =>
  portion.map((node) => node.parameters as unknown as TrainParameters)
)

test("every series has as many images of each set, where a set has them", () => {
  const images = new Map(
    portions
      .flat()
      .map((t) => [`${t.dataset.name}/${t.batch}`, `${trainingExamples(t.dataset)}+${t.dataset.validation}`])
  )
  expect(Object.fromEntries(images)).toMatchObject({
    ...{ "digits/16": "500+2000", "cifar10/16": "500+2000", "breastmnist/16": "500+78" },
    ...{ "digits/64": "8000+2000", "mnist/64": "10000+2000", "cifar100-fifth/64": "8000+2000" },
    ...{ "breastmnist/64": "546+78", "pneumoniamnist/64": "4708+524" }
  })
})

test("a budget takes pairs: few images first, then the linear models, layers, noise, filters from few to many", () => {
  for (const [first, ...others] of portions)
    expect([first, ...others].map(({ depth }) => depth)).toEqual(first.layers === 1 ? [1] : [first.layers, 1])
  const kinds = portions.map(([t]) =>
    t.activation === "identity"
      ? "linear"
      : t.batch === 16
        ? "few"
        : t.dataset.labelNoise !== undefined
          ? "noise"
          : t.filters === 1
            ? "layers"
            : `filters ${t.filters}`
  )
  expect([...new Set(kinds)]).toEqual(["few", "linear", "layers", "noise", "filters 2", "filters 4", "filters 8"])
  expect(kinds).toEqual(kinds.toSorted((a, b) => kinds.indexOf(a) - kinds.indexOf(b)))
})

test("seeds of the first look run; those of later looks are in the page as far as they are there", () => {
  const graph = buildGraph(study.nodes())
  const seeds = new Set(portions.flat().map(({ seed }) => seed))
  expect(seeds.size).toBe(24)
  const borrowed = study.borrows().map((node) => node.parameters as unknown as TrainParameters)
  expect(Math.min(...borrowed.map(({ seed }) => seed))).toBe(8)
  expect(graph.nodes.filter(({ stage }) => stage.name === "evaluate")).toHaveLength(portions.flat().length)
  expect(portions.flat()).toHaveLength(borrowed.length + portions.flat().filter(({ seed }) => seed < 8).length)
})

test("settings choose sets, seeds and looks", () => {
  const few = study.portions!({ datasets: "digits", seeds: "3,5", looks: "2,4", noise: "" }).flat()
  const trials = few.map((node) => node.parameters as unknown as TrainParameters)
  expect(new Set(trials.map(({ dataset }) => dataset.name))).toEqual(new Set(["digits"]))
  expect(new Set(trials.map(({ seed }) => seed))).toEqual(new Set([3, 5, 0, 1]))
  expect(trials.some(({ dataset }) => dataset.labelNoise !== undefined)).toBe(false)
  expect(() => study.nodes({ looks: "8,8" })).toThrow(/8 stands in it twice/)
  expect(() => study.nodes({ looks: "12,8" })).toThrow(/rising/)
})
