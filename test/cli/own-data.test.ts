/** A data set of the user's own with faults in one of its files: that file is named, through the real command. */
import { expect, test } from "vitest"
import { writeIdx } from "../../src/data/idx.ts"
import { linesOf, makeProject } from "../support/project.ts"

const idx = (shape: ReadonlyArray<number>, byte: (i: number) => number) =>
  writeIdx({ shape, data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => byte(i)) })

const FAULTS = {
  range: [idx([60], (i) => i % 3), /data\/range\.idx.*label 2/],
  shape: [idx([60, 14], (i) => i % 2), /data\/shape\.idx.*\(60, ?14\)/],
  count: [idx([30], (i) => i % 2), /data\/count\.idx.*30/],
  cut: [idx([60], (i) => i % 2).subarray(0, 40), /data\/cut\.idx/],
  text: [Buffer.from("no labels at all\n"), /data\/text\.idx/],
  empty: [new Uint8Array(), /data\/empty\.idx/]
} as const

test("what is wrong with labels is told of their file; a name with glob characters is a name", async () => {
  const project = makeProject({ pipeline: "own" })
  const odd = "data/faces (1) {a,b} [x]!.idx"
  project.write(
    odd,
    idx([60, 8, 8], (i) => i % 251)
  )
  project.write(
    "data/whole.idx",
    idx([60], (i) => i % 2)
  )
  for (const [name, [bytes]] of Object.entries(FAULTS)) project.write(`data/${name}.idx`, bytes)
  const names = ["whole", ...Object.keys(FAULTS)]
  project.write(
    "pipeline/datasets/own.ts",
    `import { dataSet } from "./dataset.ts"
export const own = ${JSON.stringify(names)}.map((name) =>
  dataSet({
    name: \`own-\${name}\`, title: "Own", source: { kind: "idx", images: ${JSON.stringify(odd)}, labels: \`data/\${name}.idx\` },
    shape: { count: 60, channels: 1, height: 8, width: 8, classes: 2 }, validation: 20, splitSeed: 0
  })
)
`
  )
  project.edit("pipeline/pipeline.ts", "\nimport", '\nimport { own } from "./datasets/own.ts"\nimport')
  project.edit("pipeline/pipeline.ts", "const datasets = [", "const datasets = [...own, ")
  const { code, stdout } = await project.run(["run", "--json", ...names.map((name) => `own-${name}`)])
  expect(code).toBe(1)
  const failed = linesOf(stdout).filter(({ type }) => type === "failed")
  const messages = Object.fromEntries(
    failed.map(({ name, message }) => [String(name).replace("fetch/own-", ""), message])
  )
  expect(Object.keys(messages).sort()).toEqual(Object.keys(FAULTS).sort())
  for (const [name, [, said]] of Object.entries(FAULTS)) {
    expect(messages[name]).toMatch(said)
    expect(messages[name]).not.toContain("faces")
  }
})
