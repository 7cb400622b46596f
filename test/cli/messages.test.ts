/** Every message with the input that causes it, in messages.txt, to be read as text. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { visible } from "../../src/foreign/visible.ts"
import { repository } from "../support/project.ts"

/** Declarations of the user's own, as the README shows; each broken one differs in one place. */
const files = {
  "datasets/own.ts": `import { dataSet } from "./dataset.ts"
export const own = dataSet({
  name: "own",
  title: "Own",
  source: { kind: "idx", images: "data/x.idx", labels: "data/y.idx" },
  shape: { count: 60, channels: 1, height: 8, width: 8, classes: 2 },
  validation: 20,
  splitSeed: 0
})
`,
  "stages/halves.ts": `import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
export const halves = defineStage({
  name: "halves",
  description: "Halves a number",
  parameters: Schema.Struct({ n: Schema.Int }),
  label: ({ n }) => String(n),
  outputs: { half: { extension: "json", description: "its half" } },
  compute: () => new URL("./compute/halves.ts", import.meta.url)
})
`,
  "stages/compute/halves.ts":
    "export default ({ parameters: { n } }) => ({ half: new TextEncoder().encode(String(n / 2)) })\n",
  "studies/mine.ts": `import * as Schema from "effect/Schema"
import { defineStudy } from "../../src/graph/study.ts"
import { halves } from "../stages/halves.ts"
export const mine = defineStudy({
  name: "mine",
  title: "Mine",
  settings: Schema.Struct({ numbers: Schema.Array(Schema.Int), mode: Schema.Literals(["fast", "slow"]) }),
  values: { numbers: [2, 4], mode: "fast" },
  nodes: ({ numbers }) => numbers.map((n) => halves.node({ n }))
})
`,
  "pipeline.ts": `import { definePipeline } from "../src/graph/pipeline.ts"
import { own } from "./datasets/own.ts"
import { halves } from "./stages/halves.ts"
import { mine } from "./studies/mine.ts"
export default definePipeline({ datasets: [own], stages: [halves], studies: [mine], default: ["mine"] })
`,
  "config.ts": `import { defineConfig } from "../src/run/config.ts"
export default defineConfig({ jobs: 2, notify: "true" })
`
}

/** A file, what stands in it, what is put in its place, and what is typed then. */
const declarations = [
  ["datasets/own.ts", 'title: "Own",', 'title: "Own"', "list"],
  ["datasets/own.ts", 'title: "Own",', "title: Own,", "list"],
  ["datasets/own.ts", "validation: 20", "validatoin: 20", "list"],
  ["datasets/own.ts", "validation: 20", "validation: 60", "list"],
  ["datasets/own.ts", "validation: 20", 'validation: "20"', "list"],
  ["datasets/own.ts", "channels: 1", "chanels: 1", "list"],
  ["datasets/own.ts", "channels: 1, ", "", "list"],
  ["datasets/own.ts", "labels:", "label:", "list"],
  ["datasets/own.ts", 'kind: "idx"', 'kind: "idxx"', "list"],
  ["datasets/own.ts", "data/x.idx", "/data/x.idx", "list"],
  ["datasets/own.ts", 'name: "own"', 'name: "Own Set"', "list"],
  ["datasets/own.ts", "./dataset.ts", "./datasett.ts", "list"],
  ["datasets/own.ts", "export const own", "export const mine", "list"],
  ["stages/halves.ts", "description:", "descripton:", "list"],
  ["stages/halves.ts", '  description: "Halves a number",\n', "", "list"],
  ["stages/halves.ts", '"halves"', '"Half Of"', "list"],
  ["stages/halves.ts", "./compute/halves.ts", "./compute/halve.ts", "plan"],
  ["stages/halves.ts", "=> String(n)", "=> n.name.first", "plan"],
  ["stages/compute/halves.ts", "=> ({", "=> ({{", "plan"],
  ["stages/compute/halves.ts", "export default", "export const compute =", "run halves/2"],
  ["stages/compute/halves.ts", "n / 2", "m / 2", "run halves/2"],
  ["studies/mine.ts", "title:", "titel:", "list"],
  ["studies/mine.ts", "values:", "valeus:", "list"],
  ["studies/mine.ts", "[2, 4]", '["two", 4]', "plan"],
  ["studies/mine.ts", '"fast" }', '"fats" }', "plan"],
  ["studies/mine.ts", "[2, 4]", "[2, 4.5]", "plan"],
  ["studies/mine.ts", "halves.node({ n })", "halves.node({ m: n })", "plan"],
  ["studies/mine.ts", "halves.node({ n })", "halves.node({ n: String(n) })", "plan"],
  ["studies/mine.ts", "halves.node({ n })", "halves.nod({ n })", "plan"],
  ["studies/mine.ts", "=> numbers.map((n) => halves.node({ n }))", "=> numbers", "plan"],
  ["studies/mine.ts", "numbers.map((n) => halves.node({ n }))", "[]", "plan"],
  ["pipeline.ts", "default:", "defalut:", "list"],
  ["pipeline.ts", '["mine"]', '["mien"]', "list"],
  ["pipeline.ts", "[mine]", "[mine, mine]", "list"],
  ["pipeline.ts", "[halves]", "[]", "plan"],
  ["pipeline.ts", "[mine]", "mine", "list"],
  ["pipeline.ts", "[mine]", "[mine, undefined]", "list"],
  ["pipeline.ts", "[mine]", "[halves]", "list"],
  ["pipeline.ts", "export default", "export const pipeline =", "list"],
  ["pipeline.ts", "./studies/mine.ts", "./studies/mien.ts", "list"],
  ["studies/mine.ts", "nodes: ({ numbers }) =>", "nodes: ({ numbers }) => 0 || [] ||", "plan halves"],
  ["config.ts", "jobs: 2", "job: 2", "config"],
  ["config.ts", "jobs: 2", 'jobs: "two"', "config"],
  ["config.ts", "jobs: 2", "jobs: 0", "config"],
  ["config.ts", "jobs: 2", "native: true", "config"],
  ["config.ts", "jobs: 2,", "jobs: 2,,", "config"],
  ["config.ts", "defineConfig({ jobs: 2", "({ job: 2", "config"],
  ["config.ts", 'defineConfig({ jobs: 2, notify: "true" })', "5", "config"]
] as const

/** A variable, its value, and what is typed. */
const surroundings = [
  ["PIPELINE_JOBS", "many", "list"],
  ["PIPELINE_JOBS", "1.5", "list"],
  ["PIPELINE_CACHE", "pipeline/pipeline.ts", "plan quick"],
  ["PIPELINE_CACHE", "pipeline", "plan quick"],
  ["PIPELINE_CACHE", "/proc/nowhere", "plan quick"],
  ["PIPELINE_PER_GPU", "none", "list"],
  ["PIPELINE_DEVICE_MEMORY", "-1", "list"],
  ["PIPELINE_MAX_FAILURES", "0", "list"],
  ["PIPELINE_CHECKPOINT_SECONDS", "soon", "list"],
  ["PIPELINE_MULTIPLY_ADD", "fussed", "list"],
  ["PIPELINE_NATIVE", "maybe", "list"]
] as const

const lines = [
  "plan quik",
  "plan train/digits/layers=17",
  "plan quick --set epochs=-3",
  "plan quick --set epochs=many",
  "plan quick --set learningRate=0",
  "plan quick --set learningRate=1e999",
  "plan quick --set seeds=0,1,1",
  "plan quick --set seeds=-1,-2,3",
  "plan quick --set seeds=",
  "plan quick --set filters=2000",
  "plan quick --set epoch=3",
  "plan quick --set __proto__=5",
  "plan quick --set epochs",
  "plan quick --set dataset=minst",
  "plan quick --engine wams",
  "plan quick --seed -3",
  "plan paper --set subsetExamples=70000",
  "plan paper --sample 0",
  "plan quick --sample 5",
  "plan quick@epoch=3",
  "plan quick@epochs=-3",
  "plan quik@epochs=3",
  "plan quick@",
  "table quick --format xls",
  "table quick --out trials.xls",
  "table quick --rows layers",
  "table quick --metric validation.loss",
  "table quick --metric loss --rows layers",
  "table quick --sort loss",
  "compare quick",
  "compare quick quick@epochs=8",
  "drop quick",
  "drop quick@epochs=8",
  "plan quick --where -x",
  "plan quick --where filers=1",
  "plan quick --where layers<=two",
  "plan quick --cache -",
  "plan quick --cache --json",
  "plan -hot",
  "plan --al",
  "run quick --jobs 0",
  "run quick --budget soon",
  "run quick --max-failures 0",
  "run quick --gpus 0,0",
  "run quick --device-memory 0",
  "run quick --data-dir nowhere",
  "why fetch/digits --data-dir nowhere",
  "pln",
  "cache gcc",
  "run quick --json=maybe",
  "run quick --jobs many",
  "plan quick --seed 1.5",
  "plan quick --set quik.epochs=3",
  "plan quick --set precision=f64",
  "plan quick --set schedule=cosin",
  "plan quick --set decay=7",
  "plan quick --set layers=[1,2",
  "plan quick --set batched=maybe",
  "plan quick --engine evalute=wasm",
  "plan optimizers --set examples=20000",
  "plan expansion-paper --set dataset=digits",
  "plan quick --where layers=99",
  "plan quick --where (layers=4",
  "plan quick --where architecture=sequental",
  "plan quick --cache /proc/nowhere",
  "plan quick --cache pipeline/pipeline.ts",
  "config --jobs 0",
  "config more",
  "graph --format pdf",
  "new stage Bad",
  "new study quick",
  "new dataset faces",
  "new dataset faces --from nowhere",
  "why train/layers=4",
  "why evaluate/*",
  "show fetch/digits",
  "get fetch/digits",
  "get fetch/digits --set dataset=mnist",
  "get ../../etc/passwd",
  "get fetch/digits:__proto__",
  "logs /etc/passwd",
  "logs \x1b[2Jtrain\u202e",
  "show __proto__",
  "accept trian",
  "accept train --sample 0",
  "cache export all.tar.zst quick",
  "cache import nothing.tar.zst",
  "cache gc --older-than soon",
  "cache gc --keep-size -5"
]

test("messages", { timeout: 120_000 }, async () => {
  const parent = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  /** A project that shares the sources: only its declarations are its own. */
  const project = (name: string): string => {
    const root = join(parent, name)
    for (const folder of ["datasets", "stages/compute", "studies"])
      mkdirSync(join(root, "pipeline", folder), { recursive: true })
    for (const shared of ["src", "node_modules", "package.json"])
      symlinkSync(join(repository, shared), join(root, shared))
    return root
  }
  const whole = project("whole")
  cpSync(join(repository, "pipeline"), join(whole, "pipeline"), { recursive: true })
  const typed = lines.map((line) => ({
    title: visible(`pipeline ${line}`),
    folder: whole,
    args: [
      ...line.split(" "),
      ...(/--cache|^(pln|cache gcc|config|graph|new) ?/.test(line) ? [] : [`--cache=${join(parent, "cache")}`])
    ]
  }))
  const declared = declarations.map(([file, from, to, line], i) => {
    const folder = project(`declared${i}`)
    symlinkSync(join(repository, "pipeline/datasets/dataset.ts"), join(folder, "pipeline/datasets/dataset.ts"))
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, "pipeline", name), name === file ? text.replace(from, () => to) : text)
    const title = `pipeline ${line}, with '${to.trim()}' in place of '${from.trim()}' in pipeline/${file}`
    return { title, folder, args: line.split(" ") }
  })
  const surrounded = surroundings.map(([variable, value, line]) => ({
    title: `${variable}=${value} pipeline ${line}`,
    folder: whole,
    args: line.split(" "),
    env: { [variable]: value, ...(variable !== "PIPELINE_CACHE" && { PIPELINE_CACHE: join(parent, "cache") }) }
  }))
  const cases = [...typed, ...declared, ...surrounded]
  writeFileSync(join(parent, "cases.json"), JSON.stringify(cases))
  const script = fileURLToPath(new URL("../support/messages.ts", import.meta.url))
  const env = { ...process.env, NO_COLOR: "1", PIPELINE_DATA_DIR: "", PIPELINE_CALLED: "" }
  const result = spawnSync(process.execPath, [script, join(parent, "cases.json")], {
    encoding: "utf8",
    env,
    timeout: 110_000
  })
  expect(result.status, result.stderr).toBe(0)
  const said: ReadonlyArray<string> = JSON.parse(result.stdout)
  // Folders of this test alone are no part of what is said.
  const text = cases.map(({ title }, i) => `$ ${title}\n${said[i]}\n`).join("\n")
  const plain = text
    .replaceAll(` --cache ${join(parent, "cache")}`, "")
    .replaceAll(parent, "/home/me")
    .replace(/ in [\d.]+ (ms|s|min)\n/g, " in 1 s\n")
    .replace(/logs\/[0-9a-f]+/g, "logs/PROJECT")
  await expect(plain).toMatchFileSnapshot("messages.txt")
  expect(plain).not.toMatch(/\n\s+at |should not|: undefined|\[object/)
})
