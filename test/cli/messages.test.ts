/** Every message with the input that causes it, in messages.txt, to be read as text. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { visible } from "../../src/foreign/visible.ts"
import { repository } from "../support/project.ts"

/** A data set of the user's own, as the README shows; each broken one differs in one line. */
const own = [
  'import { dataSet } from "./dataset.ts"',
  "export const own = dataSet({",
  '  name: "own",',
  '  title: "Own",',
  '  source: { kind: "idx", images: "data/x.idx", labels: "data/y.idx" },',
  "  shape: { count: 60, channels: 1, height: 8, width: 8, classes: 2 },",
  "  validation: 20,",
  "  splitSeed: 0",
  "})"
].join("\n")

const declarations = [
  ['title: "Own",', 'title: "Own"'],
  ['title: "Own",', "title: Own,"],
  ["validation: 20", "validatoin: 20"],
  ["validation: 20", "validation: 60"],
  ["channels: 1", "chanels: 1"],
  ["labels:", "label:"],
  ["data/x.idx", "/data/x.idx"],
  ['name: "own"', 'name: "Own Set"'],
  ["./dataset.ts", "./datasett.ts"],
  ["export const own", "export const mine"]
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
    mkdirSync(root)
    cpSync(join(repository, "pipeline"), join(root, "pipeline"), { recursive: true })
    for (const shared of ["src", "node_modules", "package.json"])
      symlinkSync(join(repository, shared), join(root, shared))
    return root
  }
  const whole = project("whole")
  const typed = lines.map((line) => ({
    title: visible(`pipeline ${line}`),
    folder: whole,
    args: [...line.split(" "), ...(/--cache/.test(line) ? [] : [`--cache=${join(parent, "cache")}`])]
  }))
  const declared = declarations.map(([from, to], i) => {
    const folder = project(`declared${i}`)
    writeFileSync(join(folder, "pipeline/datasets/own.ts"), own.replace(from, to))
    writeFileSync(join(folder, "pipeline/pipeline.ts"), 'import { own } from "./datasets/own.ts"\nexport default own\n')
    return {
      title: `pipeline list, with ${to} in place of ${from} in pipeline/datasets/own.ts`,
      folder,
      args: ["list"]
    }
  })
  const cases = [...typed, ...declared]
  writeFileSync(join(parent, "cases.json"), JSON.stringify(cases))
  const script = fileURLToPath(new URL("../support/messages.ts", import.meta.url))
  const env = { ...process.env, NO_COLOR: "1", PIPELINE_DATA_DIR: "", PIPELINE_CALLED: "" }
  const result = spawnSync(process.execPath, [script, join(parent, "cases.json")], { encoding: "utf8", env })
  expect(result.status, result.stderr).toBe(0)
  const said: ReadonlyArray<string> = JSON.parse(result.stdout)
  // Folders of this test alone are no part of what is said.
  const text = cases.map(({ title }, i) => `$ ${title}\n${said[i]}\n`).join("\n")
  const plain = text.replaceAll(` --cache ${join(parent, "cache")}`, "").replaceAll(parent, "/home/me")
  expect(plain).not.toMatch(/\n\s+at |should not|undefined|\[object/)
  await expect(plain).toMatchFileSnapshot("messages.txt")
})
