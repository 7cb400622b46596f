/** What is wrong with a declaration is said once, with its file, its line and the member. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { dataSet } from "../../pipeline/datasets/dataset.ts"
import { build } from "../../pipeline/stages/build.ts"
import { definePipeline, select } from "../../src/graph/pipeline.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { untyped } from "../support/untyped.ts"

const own = {
  name: "own",
  title: "Own",
  source: { kind: "idx", images: "data/x", labels: "data/y" },
  shape: { count: 60, channels: 1, height: 8, width: 8, classes: 2 },
  validation: 20,
  splitSeed: 0
}
const without = (name: string) => Object.fromEntries(Object.entries(own).filter(([member]) => member !== name))

/** Declares something as JavaScript would, without types. */
const refused = (declare: (given: ReturnType<typeof untyped>) => unknown, given: object): string => {
  try {
    declare(untyped(given))
  } catch (error) {
    const message = (error as Error).message
    expect(message).toMatch(/^test\/pipeline\/declarations\.test\.ts, line \d+: /)
    return message.replace(/^.*?: /, "")
  }
  return "it was taken"
}

test.for([
  [{ ...without("validation"), validatoin: 20 }, "has no member 'validatoin'. Did you mean 'validation'?"],
  [
    { ...own, colour: 1 },
    "has no member 'colour'. There are name, title, source, shape, validation, splitSeed, places."
  ],
  [without("shape"), "lacks the member 'shape'"],
  [
    { ...own, validation: 60 },
    "validation = 60: expected fewer than the 60 training images that there are: some must be left to train on"
  ],
  [{ ...own, validation: 1e6 }, "validation = 1000000: expected fewer than the 60 training images"],
  [{ ...own, shape: { ...own.shape, classes: 0 } }, "shape.classes = 0: expected a value between 1 and 1000000"],
  [
    { ...own, source: { kind: "idx", images: "data/x", label: "data/y" } },
    `source.label = "data/y": there is no member of that name. Did you mean 'labels'?`
  ],
  [{ ...own, source: { ...own.source, images: "/data/x" } }, `source.images = "/data/x": is absolute`],
  [{ ...own, name: "Own Set" }, `name = "Own Set": expected lower-case letters`]
] as const)("a data set: %j", ([given, problem]) => {
  const message = refused(dataSet, given)
  expect(message.replace(/^the data set '[^']*': /, "").startsWith(problem), message).toBe(true)
})

test("a declaration that fits is taken", () => {
  expect(refused(dataSet, own)).toBe("it was taken")
  expect(refused(dataSet, { ...own, shape: { ...own.shape, test: 10 } })).toBe("it was taken")
})

test("stages, studies and pipelines with a misspelt member", () => {
  const stage = {
    name: "step",
    description: "",
    parameters: Schema.Struct({}),
    lable: () => "",
    outputs: {},
    compute: () => ""
  }
  expect(refused(defineStage, stage)).toBe("stage 'step': has no member 'lable'. Did you mean 'label'?")
  const study = { name: "one", titel: "", settings: Schema.Struct({}), values: {}, nodes: () => [] }
  expect(refused(defineStudy, study)).toBe("study 'one': has no member 'titel'. Did you mean 'title'?")
  expect(refused(definePipeline, { stages: [], studies: [], defaults: [] })).toContain("has no member 'defaults'")
})

test("a stage that no study uses is explained", () => {
  const pipeline = definePipeline({ stages: [build], studies: [], default: [] })
  expect(() => select(pipeline, ["build"])).toThrow("the stage 'build': is declared, but no study uses it")
})
