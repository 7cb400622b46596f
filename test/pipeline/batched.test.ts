/** Trials that are trained together, on the real pipeline: keys, results, and a run that is killed. */
import { expect, test } from "vitest"
import { parse } from "../../src/data/json.ts"
import { historyLine } from "../../src/results/history.ts"
import type { Line } from "../support/project.ts"
import { executed, makeProject, type Project, until } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

function smallProject(): Project {
  const project = makeProject({ pipeline: "own" })
  addTiny(project, 600, 60)
  return project
}

const SMALL = ["dataset=tiny", "layers=2", "filters=1,2", "filterLayers=2", "batch=32", "seeds=0,1,2"].flatMap((s) => [
  "--set",
  s
])
const flags = (...more: ReadonlyArray<string>) => [...SMALL, "--engine", "tfjs-wasm", "--set", "batched=true", ...more]
const NODES = [1, 2].flatMap((depth) =>
  [1, 2].flatMap((filters) =>
    [0, 1, 2].map((seed) => `train/tiny/layers=2,depth=${depth},filters=${filters},seed=${seed}`)
  )
)

const trainings = (lines: ReadonlyArray<Line>) => executed(lines).filter((name) => name.startsWith("train/"))

async function history(project: Project, node: string, args: ReadonlyArray<string>): Promise<ReadonlyArray<number>> {
  await project.run(["get", `${node}:history`, ...args, "--out", "history.jsonl"])
  return project
    .read("history.jsonl")
    .trim()
    .split("\n")
    .map((line) => parse(line, historyLine()))
    .flatMap(({ loss, validationLoss }) => [loss ?? 0, validationLoss])
}

test("each trial has a key of its own and the results of training alone", async () => {
  const project = smallProject()
  const args = flags("--set", "epochs=2")
  expect(trainings(await project.json(["run", "train", ...args])).sort()).toEqual([...NODES].sort())
  const shown = async (node: string, more: ReadonlyArray<string>) => (await project.json(["show", node, ...more]))[0]
  const traces = await Promise.all(NODES.slice(0, 6).map((node) => shown(node, args)))
  expect(new Set(traces.map(({ key }) => key)).size).toBe(6)
  for (const trace of traces) {
    expect(trace.numericClass).toBe("tfjs-wasm-batched")
    expect(trace.circumstances).toMatchObject({ together: 6 })
  }

  const single = [...SMALL, "--engine", "tfjs-wasm", "--set", "epochs=2"]
  const some = [NODES[0], NODES[4], NODES[7]] // of both depths
  await project.json(["run", ...some, ...single])
  for (const node of some) {
    const [together, alone] = [await history(project, node, args), await history(project, node, single)]
    expect(together).toHaveLength(alone.length)
    together.forEach((value, i) => expect(Math.abs(value - alone[i]) / (1 + alone[i])).toBeLessThan(1e-4))
  }
  // With other partners there is nothing to do.
  expect(trainings(await project.json(["run", "train", ...args, "--set", "seeds=1,2"]))).toEqual([])
  expect(trainings(await project.json(["run", "train", ...args, "--set", "seeds=2,3"])).sort()).toEqual(
    NODES.filter((node) => node.endsWith("seed=2"))
      .map((node) => node.replace("seed=2", "seed=3"))
      .sort()
  )
})

test("a group that is killed in the middle goes on from the checkpoints of each", async () => {
  const project = smallProject()
  const args = ["train", ...flags("--set", "epochs=30", "--set", "filters=1")]
  const env = { PIPELINE_CHECKPOINT_SECONDS: "0" }
  const child = project.start(["run", ...args, "--jobs", "1", "--json"], env)
  let out = ""
  child.stdout!.on("data", (chunk) => (out += chunk))
  // A state follows its epoch's progress: when one tells of the fourth epoch, all have kept the third.
  await until(() => /"type":"progress","name":"train[^"]*","done":4/.test(out), 120_000)
  child.kill("SIGKILL")
  await until(() => child.signalCode !== null)
  const again = await project.json(["run", ...args, "--jobs", "1"], env)
  const first = again.find(({ type, name }) => type === "progress" && /^train/.test(String(name)))
  expect(first!.done).toBeGreaterThan(3)
  const other = smallProject()
  await other.json(["run", ...args], env)
  const digests = await project.digests(args)
  expect(Object.keys(digests).filter((name) => name.startsWith("train/"))).toHaveLength(12)
  expect(await other.digests(args)).toEqual(digests)
})

test("an engine that cannot is told so", async () => {
  const project = makeProject({ pipeline: "own" })
  const { code, stderr } = await project.run(["plan", "quick", "--set", "batched=true"])
  expect(code).toBe(2)
  expect(stderr).toContain("the engine wasm trains one network at a time")
})
