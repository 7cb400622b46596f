/** Names can be found, shortened and pasted: what the tool prints it understands. */
import { expect, onTestFinished, test, vi } from "vitest"
import { digits } from "../../pipeline/datasets/digits.ts"
import { mnist } from "../../pipeline/datasets/mnist.ts"
import { quick } from "../../pipeline/studies/quick.ts"
import { named, pasteable, remember } from "../../src/cli/hints.ts"
import { definePipeline, select } from "../../src/graph/pipeline.ts"
import { makeProject } from "../support/project.ts"

const pipeline = definePipeline({
  datasets: [digits, mnist],
  stages: [],
  studies: [quick([digits, mnist])],
  default: ["quick"]
})
const found = (target: string): ReadonlyArray<string> | string => {
  try {
    const { graph, named } = select(pipeline, [target])
    return [...named].map((index) => graph.nodes[index].name)
  } catch (error) {
    return (error as Error).message
  }
}

test("a node is named by all of its name, its beginning, or some of its parts, where that means one", () => {
  const name = "train/digits/layers=16,depth=1,filters=1,seed=2"
  expect(found(name)).toEqual([name])
  expect(found("train/digits/layers=16,depth=1,filters=1,seed=2".slice(0, 47))).toEqual([name])
  expect(found("train/layers=16,depth=1,seed=2")).toEqual([name])
  expect(found("preprocess/d")).toEqual(["preprocess/digits"])
  expect(found("train/digits/layers=16,depth=1,filters=1,seed=")).toContain("Did you mean 'train/digits/layers=16")
  expect(found("train/layers=16,depth=1")).toContain(
    "no single node is called 'train/layers=16,depth=1'. Did you mean 'train/digits/layers=16"
  )
})

test("nodes of a data set that no study takes by default are known as well", () => {
  expect(found("fetch/mnist")).toEqual(["fetch/mnist"])
  expect(found("preprocess/mnist")).toEqual(["preprocess/mnist"])
})

test("a command in a message has the flags that were typed and belong to it, quoted for a shell", () => {
  onTestFinished(() => remember([]))
  remember(["run", "quick", "--set=epochs=3", "--where=filters<=4", "--cache", "my cache", "--json", "--", "--set=x=1"])
  expect(pasteable(`see \`pipeline plan${named(["quick", "train/*"])}\``)).toBe(
    "see `pipeline plan quick 'train/*' --set epochs=3 --where 'filters<=4' --cache 'my cache'`"
  )
  expect(pasteable("`pipeline why x` and `pipeline cache stats`")).toBe(
    "`pipeline why x --set epochs=3 --cache 'my cache'` and `pipeline cache stats --cache 'my cache'`"
  )
  expect(pasteable("`pipeline list`, `pipeline plan --help`")).toBe(
    "`pipeline list --cache 'my cache'`, `pipeline plan --help`"
  )
  remember(["run", "quick"])
  expect(pasteable("`pipeline plan` says why")).toBe("`pipeline plan` says why")
})

test("status lists the nodes; keys and digests that are printed name them; hints can be pasted", async () => {
  const project = makeProject()
  const set = ["--set", "letters=4"]
  const before = await project.run(["status", ...set])
  expect(before.stdout).toContain("  missing  count/fox\n")
  expect(before.stdout).toContain("`pipeline plan --set letters=4` says why")
  await project.json(["run", ...set])
  const lines = await project.json(["status", ...set])
  const { key, outputs } = lines.find(({ name }) => name === "count/fox") as unknown as {
    key: string
    outputs: Record<string, string>
  }
  expect((await project.run(["show", key.slice(0, 12), ...set])).stdout).toContain("count/fox")
  expect((await project.run(["why", outputs.counts.slice(0, 12), ...set])).stdout).toContain("count/fox")
  expect((await project.run(["get", "count/fox"])).stderr).toContain("`pipeline run 'count/fox'` makes it")
})

test("a command is named as this one was called, with the settings of the variant that was typed", () => {
  onTestFinished(() => {
    remember([])
    vi.unstubAllEnvs()
  })
  vi.stubEnv("PIPELINE_CALLED", "npx pipeline")
  remember(["status", "quick@epochs=8"])
  expect(pasteable("`pipeline plan quick@epochs=8` says why, `pipeline show x` and `pipeline plan --help` more")).toBe(
    "`npx pipeline plan quick@epochs=8` says why, `npx pipeline show x --set epochs=8` and `npx pipeline plan --help` more"
  )
  // Once is enough.
  const once = pasteable("`pipeline show x`")
  expect(pasteable(once)).toBe(once)
  // A run's data lie where they were said to be.
  remember(["run", "--data-dir=/data"])
  expect(pasteable("`pipeline run x`, `pipeline show x`")).toBe(
    "`npx pipeline run x --data-dir /data`, `npx pipeline show x`"
  )
  // Of two variants neither is meant.
  remember(["compare", "quick", "quick@epochs=8", "quick@epochs=9"])
  expect(pasteable("`pipeline show x`")).toBe("`npx pipeline show x`")
})

test("a key that was printed means its own result, though the node of that name has another one now", async () => {
  const project = makeProject()
  const lines = await project.json(["run", "--set", "letters=4"])
  const done = lines.find(({ type, name }) => type === "done" && name === "count/fox")!
  await project.json(["run"])
  const [shown] = await project.json(["show", (done.key as string).slice(0, 12)])
  expect(shown).toMatchObject({ key: done.key, parameters: '{"letters":4,"text":"fox"}' })
  // So do logs of nodes that only a variant has.
  project.write("texts/tree.txt", "slow to grow")
  project.edit("pipeline/compute/count.ts", "const counts:", 'console.log("counting")\n  const counts:')
  await project.json(["run", "--set", "texts=tree"])
  expect((await project.run(["logs", "count/tree"])).stdout).toBe("counting\n")
})
