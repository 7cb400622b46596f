/** What `pipeline new dataset NAME --from PATH` writes: the declaration of what was found there. */
import type { Looked } from "../../data/files/looked.ts"
import type { Named, Written } from "./written.ts"

/** Longest line of the project's files. */
const LINE = 120

/** A value as the formatter prints it, in a line that has `used` characters before and after it. */
function printed(value: unknown, indent: string, used: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const items = Object.entries(value).map(([key, one]) => ({ before: isList ? "" : `${key}: `, one }))
  const flat = items.map(({ before, one }) => `${before}${printed(one, "", Number.NEGATIVE_INFINITY)}`).join(", ")
  const line = isList ? `[${flat}]` : `{ ${flat} }`
  if (indent.length + used + line.length <= LINE) return line
  const inner = `${indent}  `
  const lines = items.map(({ before, one }) => `${inner}${before}${printed(one, inner, before.length + 1)}`)
  return `${isList ? "[" : "{"}\n${lines.join(",\n")}\n${indent}${isList ? "]" : "}"}`
}

const RULES = {
  images: `// A folder has a folder for each class; a table of paths and labels serves as well (example-images.ts). Grey, colour,
  // transparency, 16 bits, … each have their rule (src/data/files/decode.ts). \`size\`: what becomes of pictures of another
  // size than declared, "crop" or "stretch"; refused if it is left out.`,
  arrays: `// Images [n, H, W], [n, H, W, C] or [n, C, H, W]; \`range\`: the values that are black and white, if they are others than
  // their type says (src/data/files/pixels.ts).`,
  parquet: `// A column of image files, one of labels. \`size\`: what becomes of pictures of another size than declared, "crop" or
  // "stretch"; refused if it is left out.`,
  csv: `// A row has an image: its label and its pixels. \`label\`: the column of the labels, by its name or its place from 0.`
} as const

const declaration = ({ name, ident }: Named, { source, shape, said }: Looked, from: string) => {
  const validation = Math.max(1, Math.floor(shape.count / 5))
  const rules = Object.entries(RULES).find(([kind]) => kind === source.kind)?.[1] ?? ""
  return `import { dataSet } from "./dataset.ts"

/** From ${from}: ${said}. */
export const ${ident} = dataSet({
  name: "${name}",
  // As reports call it.
  title: ${JSON.stringify(`${name} (${shape.height}×${shape.width}, ${shape.channels === 1 ? "grey" : "colour"}, ${shape.classes} classes)`)},
  ${rules}
  // Labels are numbered in their order; \`names: [...]\` says another order.
  source: ${printed(source, "  ", "source: ,".length)},
  // Checked when the files are read.
  shape: ${printed(shape, "  ", "shape: ,".length)},
  // Training images that are split off for validation, stratified by class, by this seed.
  validation: ${validation},
  splitSeed: 0
})
`
}

const test = ({ name, ident }: Named, { shape }: Looked) => `/** The data set ${name}: its files are there. */
import glob from "fast-glob"
import { expect, test } from "vitest"
import { ${ident} } from "../../../pipeline/datasets/${name}.ts"
import { fetch } from "../../../pipeline/stages/fetch.ts"
import { fetchParametersOf } from "../../../pipeline/stages/sources.ts"

test("its files are where they are declared", () => {
  const patterns = fetch.files?.(fetchParametersOf(${ident}.name)) ?? []
  expect(patterns.filter((pattern) => glob.globSync(pattern).length === 0)).toEqual([])
})

test("some training images are left for validation", () => {
  expect(${ident}.parameters.shape.classes).toBe(${shape.classes})
  expect(${ident}.parameters.validation).toBeLessThan(${ident}.parameters.shape.count)
})
`

export const dataSetFiles = (named: Named, looked: Looked, from: string): Written => ({
  files: {
    [`pipeline/datasets/${named.name}.ts`]: declaration(named, looked, from),
    [`test/pipeline/datasets/${named.name}.test.ts`]: test(named, looked)
  },
  list: "datasets",
  import: `import { ${named.ident} } from "./datasets/${named.name}.ts"`,
  entry: named.ident,
  next: `\`pipeline run ${named.name}\` reads and checks it, \`pipeline run quick --set dataset=${named.name}\` trains on it`
})
