/** Why a node runs: the differences from the nearest trace that it left, in words. */
import { expect, test } from "vitest"
import { type CodeParts, explain, type Present } from "../../src/graph/explain.ts"
import type { Trace } from "../../src/graph/trace.ts"

const [a, b, c] = ["a", "b", "c"].map((letter) => letter.repeat(64))

const trace: Trace = {
  key: a,
  name: "train/seed=0",
  stage: "train",
  code: "code-1",
  parameters: '{"optimizer":{"learningRate":0.001,"method":"adam"},"seed":0}',
  inputs: { data: a },
  sources: {},
  files: { "texts/fox.txt": a },
  numericClass: "wasm-f32",
  outputs: {},
  circumstances: {} as Trace["circumstances"]
}

const present: Present = {
  code: "code-1",
  parameters: trace.parameters,
  numericClass: "wasm-f32",
  files: trace.files,
  inputs: { data: a },
  sources: { data: "preprocess/mnist:images" }
}

const unknownParts: CodeParts = () => undefined
const why = (change: Partial<Present>, earlier: ReadonlyArray<Trace> = [trace], parts = unknownParts) =>
  explain(earlier, { ...present, ...change }, parts)
const told = (change: Partial<Present>, earlier?: ReadonlyArray<Trace>, parts?: CodeParts) =>
  why(change, earlier, parts).differences

test("a node without a trace is new", () => {
  expect(why({}, [])).toEqual({ cause: "new", reason: "it never ran", differences: [] })
})

test("a parameter is told by its path, with the value before and now", () => {
  const of = (parameters: unknown) => told({ parameters: JSON.stringify(parameters) })
  expect(of({ seed: 0, optimizer: { method: "adam", learningRate: 0.01 } })).toEqual([
    "optimizer.learningRate 0.001 → 0.01"
  ])
  expect(of({ seed: 0, optimizer: { method: "adam" } })).toEqual(["optimizer.learningRate 0.001 → nothing"])
  expect(of({ seed: 0, optimizer: null, loss: [1] })).toEqual([
    "loss nothing → [1]",
    'optimizer {"learningRate":0.001,"method":"adam"} → null'
  ])
  expect(of({ seed: "x".repeat(100), optimizer: { learningRate: 0.001, method: "adam" } })).toEqual([
    `seed 0 → "${"x".repeat(39)}… (102 characters)`
  ])
  expect(told({ numericClass: "wasm-f64" })).toEqual(['numeric class "wasm-f32" → "wasm-f64"'])
  expect(told({ numericClass: undefined })).toEqual(['numeric class "wasm-f32" → nothing'])
})

test("files are told by what became of them", () => {
  const files = (now: Present["files"]) => told({ files: now })
  expect(files({ "texts/fox.txt": b })).toEqual(["the file texts/fox.txt changed"])
  expect(files({})).toEqual(["the file texts/fox.txt is gone"])
  expect(files({ ...trace.files, "texts/sea.txt": b })).toEqual(["the file texts/sea.txt is new"])
})

test("inputs are told with where they come from; collections by how many differ", () => {
  expect(told({ inputs: { data: b } })).toEqual(["the input 'data' (preprocess/mnist:images) has other content"])
  expect(told({ inputs: { data: a, more: b } })).toEqual(["the input 'more' has other content"])
  const collected = [{ ...trace, inputs: { all: [a, b, [c]] } }]
  const all = (digests: ReadonlyArray<string>) => told({ inputs: { all: digests } }, collected)
  expect(all([a, b])).toEqual(["'all' collects 2 results instead of 3"])
  expect(all([a, c, c])).toEqual(["the results in 'all' stand in other places"])
  expect(all([a, "failed", "missing"])).toEqual(["2 of the 3 results in 'all' differ"])
  // Some are made anew: nothing can be said of them yet.
  expect(why({ inputs: undefined })).toEqual({ cause: "input", reason: "an input is made anew", differences: [] })
})

test("code is told by file and function, packages by version", () => {
  const parts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "code-1": { "a.ts": "1", "a.ts#f": "1", "a.ts#g": "1", "a.ts#": "1", "b.ts": "1", "package:tfjs": "4.1.0" },
    "code-2": {
      "a.ts": "2",
      "a.ts#f": "2",
      "a.ts#h": "1",
      "a.ts#": "2",
      "c.ts": "1",
      "package:tfjs": "4.2.0",
      "file:k.wasm": "1"
    },
    "code-3": { "a.ts": "1", "a.ts#f": "1", "a.ts#g": "1", "a.ts#": "1", "b.ts": "1", "package:tfjs": "4.1.0" }
  }
  const known: CodeParts = (digest) => parts[digest]
  expect(told({ code: "code-2" }, [trace], known)).toEqual([
    "a.ts changed: a statement outside of functions, f, g is gone, h is new",
    "it no longer reaches b.ts",
    "it now reaches c.ts",
    "it now reaches k.wasm",
    "package tfjs 4.1.0 → 4.2.0"
  ])
  expect(told({ code: "code-3" }, [trace], known)).toEqual(["the order of its code changed"])
  expect(told({ code: "code-4" }, [trace], known)).toEqual(["its code changed"])
})

test("the nearest trace is compared, the first of equals; code goes before parameters, these before inputs", () => {
  const far = { ...trace, parameters: '{"seed":7}', code: "code-0" }
  expect(told({ files: {} }, [far, trace])).toEqual(["the file texts/fox.txt is gone"])
  const [one, two] = [1, 2].map((seed) => ({
    ...trace,
    parameters: trace.parameters.replace('"seed":0', `"seed":${seed}`)
  }))
  expect(told({ files: {} }, [one, two])).toEqual(["seed 1 → 0", "the file texts/fox.txt is gone"])
  const everything = why({ files: {}, inputs: { data: b }, numericClass: "wasm-f64", code: "code-2" })
  expect(everything).toMatchObject({ cause: "code", reason: "its code changed (and 3 more)" })
  expect(everything.differences).toHaveLength(4)
  expect(why({ files: {}, numericClass: "wasm-f64" })).toMatchObject({
    cause: "parameter",
    reason: 'numeric class "wasm-f32" → "wasm-f64" (and 1 more)'
  })
})
