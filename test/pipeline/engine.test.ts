/** An engine of one's own: one file and one line, with the real command. */
import { expect, test } from "vitest"
import { descriptorOf, ENGINES, useOf } from "../../src/engine/engines.ts"
import { executed, makeProject, publishedIn } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

/** TensorFlow.js in plain JavaScript under another name; tells the memory that it may take. */
const OWN = `import { tfjsEngine } from "./tfjs/session.ts"

const slow = tfjsEngine("own", "cpu", () => {})
const open: typeof slow.open = (network, options) => {
  console.error(\`memory \${options.memory}\`)
  return slow.open(network, options)
}
export const training = () => ({ ...slow, open })
`
const LINE = `{ name: "own", title: "an engine of our own", modules: { training: new URL("./own.ts", import.meta.url) }, numericClass: () => "own-f32", exact: false, precisions: ["f32"], device: "cpu", threads: false, contends: false, refuses: ({ filters }) => (filters > 2 ? "it has no room for more than 2 filters" : undefined) }`

const SETTINGS = ["dataset=tiny", "layers=1", "filters=1", "filterLayers=1", "seeds=0", "batch=32", "epochs=1"]
const flags = (engine: string) => [...SETTINGS.flatMap((setting) => ["--set", setting]), "--engine", engine]

test("a new engine is one file and one line, trains, and is run again for what it computes alone", async () => {
  const project = makeProject({ pipeline: "own" })
  addTiny(project, 60, 12)
  project.write("src/engine/own.ts", OWN)
  const end = "\n] as const satisfies ReadonlyArray<EngineDescriptor>"
  project.edit("src/engine/engines.ts", end, `,\n  ${LINE}${end}`)
  const node = "train/tiny/layers=1,depth=1,filters=1,seed=0"
  await project.json(["run", "quick", ...flags("wasm")])
  const own = await project.json(["run", "quick", ...flags("own"), "--device-memory", "0.5"])
  expect(executed(own).map((name) => name.split("/")[0])).toEqual(["train", "evaluate", "report"])
  const [shown] = await project.json(["show", node, ...flags("own")])
  expect(shown.numericClass).toBe("own-f32")
  expect(project.read(`${publishedIn(own)}/index.md`)).toMatch(
    /\| own \| float32 \(numeric class own-f32\); an engine of our/
  )
  expect((await project.run(["logs", node, ...flags("own")])).stdout).toContain("memory 500000000")
  // A hint, in no key.
  expect(executed(await project.json(["run", "quick", ...flags("own"), "--device-memory", "1"]))).toEqual([])

  const toRun = async (engine: string) =>
    (await project.json(["plan", "quick", ...flags(engine)])).flatMap(({ name }) => (name as string) ?? [])
  project.edit("src/engine/own.ts", "const slow", "/** A comment. */\nconst slow")
  expect(await toRun("own")).toEqual([])
  project.edit("src/engine/own.ts", "console.error(", "console.log(")
  expect((await toRun("own")).map((name) => name.split("/")[0])).toEqual(["train", "evaluate", "report"])
  expect((await project.run(["why", node, ...flags("own")])).stdout).toContain("src/engine/own.ts changed: open")
  // Nothing of another engine's; nor does an edit to that one's reach this one.
  const wasm = await project.json(["plan", "train", "evaluate", "quick", ...flags("wasm")])
  expect(wasm.filter(({ name }) => /^(train|evaluate)/.test(String(name)))).toEqual([])
  project.edit("src/engine/own.ts", "console.log(", "console.error(")
  project.edit("src/engine/wasm/instance.ts", "const BLOCK = 64", "const BLOCK = 32 * 2")
  expect(await toRun("own")).toEqual([])

  const refused = async (...more: ReadonlyArray<string>) => {
    const { code, stderr } = await project.run(["plan", "quick", ...flags("own"), ...more])
    expect(code).toBe(2)
    return stderr
  }
  expect(await refused("--set", "filters=4")).toContain(
    "tiny/layers=1,depth=1,filters=4,seed=0: the engine own cannot compute this network: it has no room"
  )
  expect(await refused("--set", "batched=true")).toContain("the engine own trains one network at a time; choose one of")
  for (const wrong of ["0", "1e999"])
    expect((await project.run(["run", "quick", "--device-memory", wrong])).code, wrong).not.toBe(0)
})

test.each(ENGINES)("the engine %s has what its descriptor says", async (name) => {
  const { modules, precisions, exact, numericClass } = descriptorOf(name)
  for (const [role, module] of Object.entries(modules)) {
    const exports = (await import(module.href)) as Record<string, unknown>
    expect(typeof exports[role], role).toBe("function")
  }
  const classes = precisions.map((precision) => numericClass("training", precision))
  expect(new Set(classes).size).toBe(classes.length)
  expect(modules.groups === undefined || !classes.includes(numericClass("groups", precisions[0]))).toBe(true)
  if (exact)
    for (const precision of precisions) expect(useOf(name, "training", precision).numericClass).toMatch(precision)
  else expect(() => useOf(name, "training", "f64")).toThrow(`the engine ${name}: it computes in f32, not in f64`)
})

test("a role that an engine has not is refused with those that have it", () => {
  expect(() => useOf("wasm", "groups")).toThrow(/the engine wasm: .*'groups'; tfjs-node-gpu, tfjs-webgpu, tfjs-node/)
  expect(() => useOf("tfjs-cpu", "analysis")).toThrow("'analysis'; wasm has")
})
