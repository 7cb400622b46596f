/**
 * The public side (src/index.ts): a wrong input does not compile. Each line after `@ts-expect-error` must be an error of
 * the compiler, which `npm run check` sees; here what the types promise is held against what happens.
 */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import {
  type ComputeOf,
  DeclarationError,
  definePipeline,
  defineStage,
  defineStudy,
  ParameterError
} from "../../src/index.ts"

const compute = () => new URL("./none.ts", import.meta.url)
const text = { text: { extension: "txt", description: "a text" } }

const read = defineStage({
  name: "read",
  description: "reads a text",
  parameters: Schema.Struct({ text: Schema.String }),
  label: ({ text }) => text,
  outputs: text,
  compute
})

const count = defineStage({
  name: "count",
  description: "counts words of a text, and of others",
  parameters: Schema.Struct({ text: Schema.String, others: Schema.Array(Schema.String) }),
  label: ({ text }) => text,
  inputs: ({ text, others }) => ({
    text: read.node({ text }).output("text"),
    others: others.map((text) => ({ it: read.node({ text }).output("text") }))
  }),
  outputs: { counts: { extension: "json", description: "words" }, sum: { extension: "json", description: "all" } },
  compute
})

const bytes = new Uint8Array()

test("parameters and outputs that a stage does not have are errors of the compiler, and of the program", () => {
  // @ts-expect-error a text is no number
  expect(() => read.node({ text: 1 })).toThrow(ParameterError)
  // @ts-expect-error there is no such output
  expect(() => read.node({ text: "fox" }).output("txt")).toThrow(DeclarationError)
  // @ts-expect-error a study's nodes are nodes
  const study = defineStudy({ name: "s", title: "", settings: Schema.Struct({}), values: {}, nodes: () => [read] })
  expect(() => study.nodes()).toThrow(DeclarationError)
  // @ts-expect-error a pipeline's stages are stages
  expect(() => definePipeline({ stages: [{ name: "read" }], studies: [], default: [] })).toThrow(DeclarationError)
})

test("a compute module is given what its stage declares, by name, and gives what it declares", () => {
  const right: ComputeOf<typeof count> = ({ parameters, inputs, collections }) => {
    const given: ReadonlyArray<string> = parameters.others
    const others = collections.others.map((other) => other.it?.bytes().length ?? given.length)
    return { counts: inputs.text.bytes(), sum: Uint8Array.from(others) }
  }
  // @ts-expect-error an input under another name
  const input: ComputeOf<typeof count> = ({ inputs }) => ({ counts: inputs.txt.bytes(), sum: bytes })
  // @ts-expect-error a collection is not a single input
  const single: ComputeOf<typeof count> = ({ inputs }) => ({ counts: inputs.others.bytes(), sum: bytes })
  // @ts-expect-error a member of a collection under another name
  const member: ComputeOf<typeof count> = (given) => ({ counts: bytes, sum: given.collections.others[0].its.bytes() })
  // @ts-expect-error a parameter that it does not have
  const parameter: ComputeOf<typeof count> = ({ parameters }) => ({ counts: bytes, sum: parameters.letters })
  // @ts-expect-error an output is lacking
  const output: ComputeOf<typeof count> = () => ({ counts: bytes })
  const all = [right, input, single, member, parameter, output]
  expect(all.every((one) => typeof one === "function")).toBe(true)
})
