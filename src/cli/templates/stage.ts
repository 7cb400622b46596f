/** What `pipeline new stage NAME` writes: a stage that works as it is, to be made into another one. */
import type { Named, Written } from "./written.ts"

const declaration = ({ name, ident, type }: Named) => `import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { preprocess } from "./preprocess.ts"
import { DataSetParameters } from "./schemas.ts"
import { dataSetLabel } from "./trial.ts"

/** All that determines the result, as plain JSON: it is part of the key, so another value is another node. */
export const ${type}Parameters = Schema.Struct({
  dataset: DataSetParameters,
  /** Classes with fewer images are left out. */
  least: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type ${type}Parameters = typeof ${type}Parameters.Type

/** How many training images there are of each class. */
export const ${ident} = defineStage({
  name: "${name}",
  description: "counts the training images of each class",
  parameters: ${type}Parameters,
  // Its nodes are called \`${name}/LABEL\`: other parameters, another label.
  label: ({ dataset, least }) => \`\${dataSetLabel(dataset)}/least=\${least}\`,
  // What it reads: outputs of other stages' nodes, under names of its own. They are run first.
  inputs: ({ dataset }) => ({ train: preprocess.node({ dataset }).output("train") }),
  outputs: { counts: { extension: "json", description: "class → number of training images" } },
  // Where the work is done. Its code is part of the key: an edit runs the stage's nodes again, and what depends on them.
  compute: () => new URL("./compute/${name}.ts", import.meta.url)
})
`

const compute = ({
  name,
  type
}: Named) => `/** How many training images there are of each class. Runs in a worker, so it is plain TypeScript: a pure function. */
import { readImageSet } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { ${type}Parameters } from "../${name}.ts"

const compute: Compute<${type}Parameters> = ({ parameters: { least }, inputs }) => {
  const { labels, classes } = readImageSet(inputs.train.bytes(), "the training set")
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]++
  const kept = Object.fromEntries([...counts.entries()].filter(([, count]) => count >= least))
  // Outputs are bytes, the same ones whenever parameters and inputs are the same: no clock, no random number.
  return { counts: new TextEncoder().encode(\`\${JSON.stringify(kept)}\\n\`) }
}

export default compute
`

/** As the formatter sorts them. */
const importsOf = (name: string, ident: string) => {
  const compute = `import compute from "../../../pipeline/stages/compute/${name}.ts"`
  const stage = `import { ${ident} } from "../../../pipeline/stages/${name}.ts"`
  return name < "compute" ? [stage, compute] : [compute, stage]
}

const test = ({ name, ident }: Named) => `/** The stage ${name}. */
import { expect, test } from "vitest"
import { digits } from "../../../pipeline/datasets/digits.ts"
${importsOf(name, ident).join("\n")}
import { writeImageSets } from "../../../src/data/examples.ts"
import { artifact } from "../../support/artifact.ts"

const labels = Uint8Array.of(2, 0, 2, 2)
const images = new Uint8Array(labels.length)
const set = { channels: 1, height: 1, width: 1, classes: 3, count: labels.length, images, labels }

const counted = async (least: number) => {
  const { counts } = await compute({
    parameters: { dataset: digits.parameters, least },
    engine: undefined,
    inputs: { train: artifact(writeImageSets({ "": set })) },
    collections: {},
    files: {},
    checkpoints: { latest: () => undefined, offer: () => {} },
    threads: 1,
    scratch: () => "",
    device: () => {},
    progress: () => {}
  })
  return new TextDecoder().decode(counts)
}

test("images are counted by class", async () => {
  expect(await counted(0)).toBe('{"0":1,"1":0,"2":3}\\n')
  expect(await counted(1)).toBe('{"0":1,"2":3}\\n')
})

test("nodes are named by data set and parameters, and other parameters are refused", () => {
  expect(${ident}.node({ dataset: digits.parameters, least: 1 }).label).toBe("digits/least=1")
  expect(() => ${ident}.node({ dataset: digits.parameters, least: -1 })).toThrow("least")
})
`

export const stageFiles = (named: Named): Written => ({
  files: {
    [`pipeline/stages/${named.name}.ts`]: declaration(named),
    [`pipeline/stages/compute/${named.name}.ts`]: compute(named),
    [`test/pipeline/stages/${named.name}.test.ts`]: test(named)
  },
  list: "stages",
  import: `import { ${named.ident} } from "./stages/${named.name}.ts"`,
  entry: named.ident,
  next: `a study runs it: put \`${named.ident}.node({ dataset, least: 1 })\` among its \`nodes\`, or an output of that among the \`inputs\` of a stage`
})
