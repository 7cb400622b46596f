/** Packages of single engines: installed when first asked for; without npm, told of by name. */
import { mkdirSync, readdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ALONE, makeProject, type Project, repository } from "../support/project.ts"

const PLAN = ["plan", "quick", "--engine", "tfjs-cpu", "--set", "seeds=0"]

/** A project with all packages but TensorFlow.js. */
function withoutTensorFlow(): Project {
  const project = makeProject({ ...ALONE, pipeline: "own" })
  project.remove("node_modules")
  mkdirSync(project.path("node_modules"))
  for (const name of readdirSync(join(repository, "node_modules"))) {
    if (name === "@tensorflow" || name === "webgpu" || name.startsWith(".")) continue
    symlinkSync(join(repository, "node_modules", name), project.path("node_modules", name))
  }
  project.write("package-lock.json", "{}")
  return project
}

/** Groups of packages that were brought on demand; the command line's bundles lie beside them. */
const installed = (project: Project) =>
  readdirSync(project.path("node_modules/.pipeline")).filter((name) => name !== "bundles")

/** An npm that has a registry in a folder, and notes what it was asked. */
const NPM = `
const { appendFileSync, mkdirSync, readFileSync, symlinkSync } = require("node:fs")
const { dirname, join } = require("node:path")
const prefix = process.argv[process.argv.indexOf("--prefix") + 1]
const { dependencies } = JSON.parse(readFileSync(join(prefix, "package.json"), "utf8"))
appendFileSync(join(__dirname, "asked"), JSON.stringify(dependencies) + "\\n")
for (const name in dependencies) {
  const path = join(prefix, "node_modules", name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(join(process.env.REGISTRY, name), path)
}
`

test("an engine's packages come when it is first asked for, once; npm may remove their links", async () => {
  const project = withoutTensorFlow()
  project.write("npm/package.json", "{}")
  project.write("npm/npm.js", NPM)
  const env = { npm_execpath: project.path("npm/npm.js"), REGISTRY: join(repository, "node_modules") }
  const first = await project.run(PLAN, env)
  expect([first.code, first.stderr]).toEqual([
    0,
    expect.stringContaining("installing @tensorflow/tfjs 4.22.0: the engine tfjs-cpu needs it (once)…")
  ])
  project.remove("node_modules/@tensorflow")
  const again = await project.run(PLAN, env)
  expect([again.code, again.stderr]).toEqual([0, ""])
  const other = await project.run(
    PLAN.map((word) => (word === "tfjs-cpu" ? "tfjs-wasm" : word)),
    env
  )
  expect(other.code).toBe(0)
  expect(project.read("npm/asked").trim().split("\n")).toEqual([
    '{"@tensorflow/tfjs":"4.22.0"}',
    '{"@tensorflow/tfjs":"4.22.0","@tensorflow/tfjs-backend-wasm":"4.22.0"}'
  ])
  expect(installed(project)).toEqual(["engines"])
})

test("without npm's registry the missing packages are named, and nothing else needs them", async () => {
  const project = withoutTensorFlow()
  const env = { npm_config_registry: "http://127.0.0.1:9" }
  const { code, stderr, stdout } = await project.run(PLAN, env)
  expect([code, stdout]).toEqual([1, ""])
  expect(stderr).toMatch(
    /pipeline: the engine tfjs-cpu cannot run here: it needs @tensorflow\/tfjs 4\.22\.0 from npm, not installed: .*ECONNREFUSED/
  )
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(installed(project)).toEqual([])
  expect((await project.run(["plan", "quick", "--set", "seeds=0"], env)).code).toBe(0)
  const engines = (await project.json(["doctor"], env)).slice(1)
  const works = new Map(engines.map(({ engine, works }) => [String(engine), works]))
  expect(works.get("wasm")).toBe(true)
  expect([...works].filter(([name]) => name.startsWith("tfjs")).map(([, works]) => works)).toEqual(Array(5).fill(false))
  expect(engines.find(({ engine }) => engine === "tfjs-webgpu")).toMatchObject({
    reason: "not installed: @tensorflow/tfjs 4.22.0, @tensorflow/tfjs-backend-webgpu 4.22.0, webgpu 0.6.2",
    remedy: "pipeline doctor --install"
  })
})
