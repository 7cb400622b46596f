/** Which engine computes what: `--engine`, `auto`, and what keys and reports say of it; `pipeline doctor`. */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { memoryPath, readMemory, shapeName } from "../../src/engine/choice/choice.ts"
import { ENGINES } from "../../src/engine/engines.ts"
import { executed, linesOf, makeProject, publishedIn } from "../support/project.ts"

const SETTINGS = ["seeds=0", "layers=2", "filters=1", "filterLayers=2", "epochs=1", "batch=1000"]
const SMALL = ["quick", ...SETTINGS.flatMap((setting) => ["--set", setting])]

test("a study is trained by one engine and scored by another; a training does not depend on who scores it", async () => {
  const project = makeProject({ pipeline: "own" })
  const flags = [...SMALL, "--engine", "quick=tfjs-wasm"]
  const first = await project.json(["run", ...flags, "--engine", "evaluate=wasm"])
  const numericClass = async (node: string) =>
    (await project.json(["show", node, ...flags.slice(1), "--engine", "evaluate=wasm"]))[0].numericClass
  expect(await numericClass("train/digits/layers=2,depth=1,filters=1,seed=0")).toBe("tfjs-wasm")
  expect(await numericClass("evaluate/digits/layers=2,depth=1,filters=1,seed=0")).toBe("wasm-f32")
  expect(project.read(`${publishedIn(first)}/index.md`)).toContain("tfjs-wasm, scored by wasm")
  const again = await project.json(["run", ...flags])
  expect(executed(again).map((name) => name.split("/")[0])).toEqual(["evaluate", "evaluate", "report"])
  expect(project.read(`${publishedIn(again)}/index.md`)).toContain("| tfjs-wasm |")
})

test("auto becomes the fastest engine of each shape, the same for both networks of a pair", async () => {
  const project = makeProject({ pipeline: "own" })
  const cache = project.path("home")
  vi.stubEnv("XDG_CACHE_HOME", cache)
  onTestFinished(() => void vi.unstubAllEnvs())
  const shape = (layers: number) => ({
    ...{ channels: 1, height: 28, width: 28, classes: 10, layers, filters: 1, kernel: 3, residual: true, batch: 32 }
  })
  mkdirSync(dirname(memoryPath()), { recursive: true })
  writeFileSync(
    memoryPath(),
    JSON.stringify({
      ...readMemory(),
      rates: {
        [shapeName(shape(1))]: { wasm: 3, "tfjs-node": 1 },
        [shapeName(shape(2))]: { wasm: 1, "tfjs-wasm": 2 }
      }
    })
  )
  const flags = ["quick", "--set", "layers=1,2", "--set", "filters=1", "--set", "filterLayers=2", "--engine", "auto"]
  const { stdout, stderr } = await project.run(["plan", ...flags, "--json"], { XDG_CACHE_HOME: cache })
  expect(stderr).toContain("engine auto: wasm for 28×28×1→10 layers=1")
  expect(stderr).toContain("engine auto: tfjs-wasm for 28×28×1→10 layers=2")
  const names = linesOf(stdout).map(({ name }) => name as string)
  expect(names.filter((name) => name?.startsWith("train/"))).toHaveLength(24)
  const classes = async (layers: number, depth: number) => {
    const node = `train/digits/layers=${layers},depth=${depth},filters=1,seed=0`
    const ran = await project.json(["run", node, ...flags.slice(1), "--set", "epochs=0"], { XDG_CACHE_HOME: cache })
    expect(executed(ran)).toContain(node)
    const shown = await project.json(["show", node, ...flags.slice(1), "--set", "epochs=0"], { XDG_CACHE_HOME: cache })
    return shown[0].numericClass
  }
  expect([await classes(1, 1), await classes(2, 2), await classes(2, 1)]).toEqual([
    "wasm-f32",
    "tfjs-wasm",
    "tfjs-wasm"
  ])
})

test("an engine that there is not is refused with those that there are", async () => {
  const project = makeProject({ pipeline: "own" })
  const { code, stderr } = await project.run(["plan", "quick", "--engine", "cuda"])
  expect(code).toBe(2)
  expect(stderr).toContain('engine = "cuda"')
  for (const engine of ENGINES) expect(stderr).toContain(engine)
})

test("doctor tries every engine and outlives one that crashes", async () => {
  const project = makeProject()
  project.write("crash.cjs", "process.kill(process.pid, 'SIGSEGV')")
  const [machine, native, ...engines] = await project.json(["doctor"], {
    PIPELINE_TFJS_ADDON: project.path("crash.cjs")
  })
  expect(machine).toMatchObject({ type: "machine", node: process.version })
  expect(native).toMatchObject({ type: "native", is: "off" }) // vitest.config.ts
  expect(engines.map(({ engine }) => engine)).toEqual([...ENGINES])
  const of = (name: string) => engines.find(({ engine }) => engine === name)!
  for (const name of ["wasm", "tfjs-wasm", "tfjs-cpu"]) {
    const { works, rates } = of(name)
    expect(works, name).toBe(true)
    for (const rate of rates as Array<number>) expect(rate).toBeGreaterThan(0)
  }
  expect((of("wasm").agreement as { gradient: number }).gradient).toBeGreaterThan(0)
  expect(of("tfjs-node")).toMatchObject({ works: false })
  expect(of("tfjs-node").reason).toContain("SIGSEGV")
  expect(of("tfjs-node").remedy).toContain("tfjs build")
})
