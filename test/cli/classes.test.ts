/** Numeric classes from the key to the bits: machines without fused multiply-add, with the real command. */
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { multiplyAddHere } from "../../src/engine/wasm/multiply-add.ts"
import { ALONE, executed, type Line, linesOf, makeProject, type Project, publishedIn } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

const SETTINGS = ["dataset=tiny", "layers=2", "filters=2", "filterLayers=2", "seeds=0", "batch=32", "examples=8"]
const flags = (epochs: number) => [...SETTINGS, `epochs=${epochs}`].flatMap((setting) => ["--set", setting])
const run = (project: Project, epochs: number, env: Readonly<Record<string, string>> = {}) =>
  project.json(["run", "quick", ...flags(epochs)], { PIPELINE_CHECKPOINT_SECONDS: "0", ...env })
const PLAIN = { PIPELINE_MULTIPLY_ADD: "plain" }

const done = (lines: ReadonlyArray<Line>) => lines.filter(({ type }) => type === "done")
const stages = (lines: ReadonlyArray<Line>) => [...new Set(executed(lines).map((name) => name.split("/")[0]))].sort()
const digestsOf = (lines: ReadonlyArray<Line>, stage: string) =>
  Object.fromEntries(done(lines).flatMap(({ name, stage: of, outputs }) => (of === stage ? [[name, outputs]] : [])))
const keysOf = (lines: ReadonlyArray<Line>) => done(lines).map(({ key }) => key as string)

/** A project with a small data set; nothing of it is cached yet. */
function small(): Project {
  const project = makeProject({ ...ALONE, pipeline: "own" })
  addTiny(project, 300, 60)
  return project
}

/** Only where there is a choice: this machine fuses, and its Node can be told not to. */
const chooses = multiplyAddHere() === "fused" && process.arch === "x64"

test("the plain class has keys, checkpoints and results of its own, in every stage that computes with an engine", async () => {
  const project = small()
  const here = await run(project, 2)
  const families = () => readdirSync(project.path("cache", "checkpoints"))
  const before = families()
  const plain = await run(project, 3, PLAIN)
  const node = "train/tiny/layers=2,depth=2,filters=2,seed=0"
  const shown = await project.run(["show", node, ...flags(3)], PLAIN)
  expect(shown.stdout).toContain("numeric class  wasm-f32-plain")
  const report = (lines: ReadonlyArray<Line>) => project.read(`${publishedIn(lines)}/index.md`)
  expect(report(plain)).toContain("wasm-f32-plain")
  // From the beginning, though another class has two of the three epochs.
  const alone = small()
  expect(digestsOf(await run(alone, 3, PLAIN), "train")).toEqual(digestsOf(plain, "train"))

  if (multiplyAddHere() === "plain") return
  const same = await run(project, 2, PLAIN)
  expect(stages(same)).toEqual(["evaluate", "expand", "report", "train"])
  expect(keysOf(same).filter((key) => keysOf(here).includes(key))).toEqual([])
  for (const [name, outputs] of Object.entries(digestsOf(here, "train")))
    expect(digestsOf(same, "train")[name], name).not.toEqual(outputs)
  expect(families()).toHaveLength(2 * before.length)
  expect(report(same)).toContain("wasm-f32-plain")
  const back = await run(project, 2)
  expect(executed(back)).toEqual([])
  expect(report(back)).not.toContain("-plain")
  const why = await project.run(["why", node, ...flags(3)])
  expect(why.stdout).toContain('numeric class "wasm-f32-plain" → "wasm-f32"')
})

test.runIf(chooses)(
  "a Node that does not fuse plans for the plain class, and workers that could fuse honour it",
  async () => {
    const project = small()
    const asked = await run(project, 1, PLAIN)
    expect(stages(asked)).toContain("train")
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--no-enable-fma3", project.path("src/cli/launch.js"), "plan", "quick", ...flags(1), "--json"],
      { cwd: project.root }
    )
    expect(linesOf(stdout)).toEqual([{ type: "end", run: 0, reused: executed(asked).length, absent: 0 }])
  }
)

test.runIf(chooses)(
  "a worker that does not fuse refuses a fused class, and computes the plain one to the same bytes",
  async () => {
    const fusing = small()
    const expected = await run(fusing, 1, PLAIN)

    const project = small()
    project.edit("src/run/pool.ts", "execArgv: [", 'execArgv: ["--no-enable-fma3", ')
    const { code, stderr } = await project.run(["run", "train", "quick", ...flags(1)])
    expect(code).toBe(1)
    // Four trainings, and two expansions of initial values.
    expect(stderr).toContain("6 nodes failed")
    expect(stderr).toContain("the engine wasm cannot run here: results of the class wasm-f32 were asked for")
    expect(stderr).not.toMatch(/^ +at /m)
    const plain = await run(project, 1, PLAIN)
    for (const stage of ["train", "evaluate", "expand"])
      expect(digestsOf(plain, stage), stage).toEqual(digestsOf(expected, stage))
  }
)

test("a multiply-add that there is not is told of", async () => {
  const project = makeProject({ ...ALONE, pipeline: "own" })
  const { code, stderr } = await project.run(["plan", "quick"], { PIPELINE_MULTIPLY_ADD: "fast" })
  expect(code).toBe(2)
  expect(stderr).toContain("PIPELINE_MULTIPLY_ADD is 'fast': expected fused or plain")
})
