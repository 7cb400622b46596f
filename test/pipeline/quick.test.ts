/** The study `quick`, made small, with the real command: what runs, what reruns, what comes out. */
import { cpSync, readdirSync } from "node:fs"
import { expect, test } from "vitest"
import { readSafetensors } from "../../src/data/safetensors.ts"
import { end, executed, filesIn, makeProject, openProject, type Project, publishedIn } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

const small = ["layers=1,2", "filters=1", "filterLayers=2", "seeds=0", "epochs=1", "examples=8"].flatMap((s) => [
  "--set",
  s
])
/** What the study is called with these settings. */
const VARIANT = "quick@layers=1,2,filters=1,filterLayers=2,seeds=0,epochs=1,examples=8"
const run = (project: Project, ...more: ReadonlyArray<string>) => project.json(["run", "quick", ...small, ...more])
const stagesOf = (names: ReadonlyArray<string>) => [...new Set(names.map((name) => name.split("/")[0]))].sort()

test("the whole road: from the digits to the report, then incrementally", async () => {
  const project = makeProject({ pipeline: "own" })
  const first = await run(project)
  expect(executed(first).sort()).toEqual([
    "build/digits/layers=1,filters=1,seed=0",
    "build/digits/layers=2,filters=1,seed=0",
    "classes/digits",
    "evaluate/digits/layers=1,depth=1,filters=1,seed=0",
    "evaluate/digits/layers=2,depth=1,filters=1,seed=0",
    "evaluate/digits/layers=2,depth=2,filters=1,seed=0",
    "expand/digits/layers=2,depth=2,filters=1,seed=0,epochs=0",
    "expand/digits/layers=2,depth=2,filters=1,seed=0,epochs=1",
    "fetch/digits",
    "preprocess/digits",
    `report/${VARIANT}`,
    "train/digits/layers=1,depth=1,filters=1,seed=0",
    "train/digits/layers=2,depth=1,filters=1,seed=0",
    "train/digits/layers=2,depth=2,filters=1,seed=0"
  ])
  const report = filesIn(project.path(publishedIn(first)))
  expect(report).toContain("index.html")
  expect(report).toContain("index.md")
  expect(report.some((file) => file.endsWith(".csv"))).toBe(true)
  expect(executed(await run(project))).toEqual([])
  const digests = await project.digests(["quick", ...small])

  // More epochs: training and what comes after it; back again: nothing.
  expect(stagesOf(executed(await run(project, "--set", "epochs=2")))).toEqual(["evaluate", "expand", "report", "train"])
  expect(executed(await run(project))).toEqual([])

  // One more seed: its trials and what collects.
  const seeds = executed(await run(project, "--set", "seeds=0,1"))
  expect(stagesOf(seeds)).toEqual(["build", "evaluate", "expand", "report", "train"])
  expect(seeds.filter((name) => !name.includes("seed=1"))).toEqual([
    `report/${VARIANT.replace("seeds=0", "seeds=0,1")}`
  ])

  // Without reports: written again, nothing trained.
  project.remove("reports")
  expect(executed(await run(project))).toEqual([])
  expect(filesIn(project.path("reports", VARIANT))).toEqual(report)

  // Another folder, the same cache: nothing.
  cpSync(project.root, `${project.root}-elsewhere`, {
    recursive: true,
    filter: (path) => !path.startsWith(project.path("cache"))
  })
  const copy = openProject(`${project.root}-elsewhere`)
  expect(end(await copy.json(["run", "quick", ...small], { PIPELINE_CACHE: project.path("cache") }))).toMatchObject({
    executed: 0
  })

  // One job and a cold cache: the same bytes.
  await copy.json(["run", "quick", ...small, "--jobs", "1"])
  expect(await copy.digests(["quick", ...small])).toEqual(digests)
})

test("an edit reruns exactly what reaches it", async () => {
  const project = makeProject({ pipeline: "own" })
  const node = "train/digits/layers=2,depth=2,filters=1,seed=0"
  await run(project, node)
  const stagesToRun = async () =>
    stagesOf((await project.json(["plan", node, ...small])).flatMap((line) => (line.name as string) ?? []))
  const check = async (file: string, from: string, to: string, stages: ReadonlyArray<string>) => {
    const before = project.read(file)
    project.edit(file, from, to)
    expect(await stagesToRun(), `${file}: ${to}`).toEqual(stages)
    if (stages.includes("train"))
      expect((await project.run(["why", node, ...small])).stdout).toContain(`${file} changed`)
    project.write(file, before)
    expect(await stagesToRun()).toEqual([])
  }
  const first = (file: string) => project.read(file).split("\n")[0]
  await check(
    "src/engine/wasm/engine.ts",
    first("src/engine/wasm/engine.ts"),
    `// a comment\n${first("src/engine/wasm/engine.ts")}`,
    []
  )
  await check("src/engine/wasm/instance.ts", "const BLOCK = 64", "const BLOCK = 32 * 2", ["train"])
  const entry = readdirSync(project.path("src/engine/tfjs")).find((file) => file.endsWith(".ts"))!
  await check(
    `src/engine/tfjs/${entry}`,
    first(`src/engine/tfjs/${entry}`),
    `export const added = 1\n${first(`src/engine/tfjs/${entry}`)}`,
    []
  )
  await check("src/network/philox.ts", "0x9e3779b9", "0x9e3779b8", ["build", "preprocess", "train"])
})

test("a training that is killed at random moments ends with the bytes of one that never was", async () => {
  const node = "train/digits/layers=2,depth=2,filters=1,seed=0"
  const settings = [...small, "--set", "epochs=30", "--set", "batch=16"]
  const undisturbed = makeProject({ pipeline: "own" })
  await undisturbed.json(["run", node, ...settings])
  const project = makeProject({ pipeline: "own" })
  for (const [moment, signal] of [
    [900, "SIGKILL"],
    [1500, "SIGINT"],
    [2100, "SIGKILL"],
    [1200, "SIGTERM"]
  ] as const) {
    const child = project.start(["run", node, ...settings], { PIPELINE_CHECKPOINT_SECONDS: "0.1" })
    const exit = new Promise((resolve) => child.on("exit", resolve))
    await new Promise((resolve) => setTimeout(resolve, moment))
    child.kill(signal)
    await exit
  }
  await project.json(["run", node, ...settings])
  expect(await project.digests([node, ...settings])).toEqual(await undisturbed.digests([node, ...settings]))
})

test("the weights that `get` writes are those of the trained network, in PyTorch's layout", async () => {
  const project = makeProject({ pipeline: "own" })
  const node = "train/digits/layers=2,depth=1,filters=1,seed=0"
  await run(project, node)
  const { code, stdout } = await project.run(["get", `${node}:weights`, ...small, "--out", "w.safetensors"])
  expect({ code, stdout }).toEqual({ code: 0, stdout: "w.safetensors\n" })
  const { readFileSync } = await import("node:fs")
  const tensors = readSafetensors(readFileSync(project.path("w.safetensors")), "w.safetensors")
  expect(JSON.stringify(tensors)).toContain("dense.weight")
})

test("a new data set is one file and one line, and trains", async () => {
  const project = makeProject({ pipeline: "own" })
  const images = addTiny(project, 60, 12)
  const lines = await run(project, "--set", "dataset=tiny", "--set", "batch=8", "--set", "epochs=3")
  expect(stagesOf(executed(lines))).toEqual([
    "build",
    "classes",
    "evaluate",
    "expand",
    "fetch",
    "preprocess",
    "report",
    "train"
  ])
  expect(executed(await project.json(["run", "tiny"]))).toEqual([])

  // A damaged file fails with a clear message, and what is finished stays.
  project.write("data/images.idx", images)
  const { code, stderr } = await project.run(["run", "tiny"])
  expect(code).toBe(1)
  expect(stderr).toContain("data/images.idx")
  expect(stderr).not.toMatch(/^\s+at /m)
})

test("parameters that cannot be are refused", async () => {
  const project = makeProject({ pipeline: "own" })
  const complaint = async (setting: string) => {
    const { code, stderr } = await project.run(["run", "quick", "--set", setting])
    expect(code).toBe(2)
    return stderr
  }
  expect(await complaint("layers=0")).toContain("layers = 0")
  expect(await complaint("dataset=digts")).toContain("Did you mean 'digits'")
  expect(await complaint("learningRate=-1")).toContain("learningRate = -1")
  project.edit("pipeline/studies/grid.ts", "[layers, 1]", "[3, 1]")
  expect(await complaint("layers=4")).toContain("depth must divide layers: 3 blocks cannot share 4 layers evenly")
})
