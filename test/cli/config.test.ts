/** Settings of a machine or project: pipeline/config.ts, the environment, flags, in that order. */
import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { CONFIG, CONFIG_NAMES } from "../../src/run/config.ts"
import { ALONE, end, makeProject } from "../support/project.ts"

const configOf = (members: string) =>
  `import { defineConfig } from "../src/run/config.ts"\nexport default defineConfig({ ${members} })\n`

test("each source goes before the one in front of it, and is named", async () => {
  const project = makeProject(ALONE)
  const of = async (name: string, args: ReadonlyArray<string> = [], env = {}) => {
    const settings = await project.json(["config", ...args], env)
    expect(settings.map(({ name }) => name)).toEqual(CONFIG_NAMES)
    const { value, source } = settings.find((one) => one.name === name)!
    return [value, source]
  }
  expect(await of("jobs")).toEqual(["all processors", "default"])
  project.write("pipeline/config.ts", configOf(`jobs: 2, cache: "results"`))
  expect(await of("jobs")).toEqual(["2", "pipeline/config.ts"])
  expect(await of("cache")).toEqual([project.path("results"), "pipeline/config.ts"])
  expect(await of("jobs", [], { PIPELINE_JOBS: "3" })).toEqual(["3", "PIPELINE_JOBS"])
  expect(await of("jobs", ["--jobs", "4"], { PIPELINE_JOBS: "3" })).toEqual(["4", "--jobs"])
  expect(await of("jobs", [], { PIPELINE_JOBS: "" })).toEqual(["2", "pipeline/config.ts"])
  expect(end(await project.json(["run"]))).toMatchObject({ failed: 0 })
  expect([existsSync(project.path("results")), existsSync(project.path("cache"))]).toEqual([true, false])
})

test("what is wrong is said with its file, its member or its variable", async () => {
  const project = makeProject(ALONE)
  const refused = async (members: string | undefined, env = {}, args = ["run"]) => {
    if (members === undefined) project.remove("pipeline/config.ts")
    else project.write("pipeline/config.ts", configOf(members))
    const { code, stdout, stderr } = await project.run(args, env)
    expect([code, stdout], stderr).toEqual([2, ""])
    return stderr.trim()
  }
  expect(await refused(`job: 2`)).toMatch(
    /^pipeline: pipeline\/config\.ts, line 2: configuration: has no member 'job'\. Did you mean 'jobs'\?$/
  )
  expect(await refused("jobs: 0")).toBe(
    "pipeline: pipeline/config.ts: jobs = 0: expected a value greater than or equal to 1"
  )
  expect(await refused(`cache: ""`)).toContain(`pipeline/config.ts: cache = "": expected a value`)
  expect(await refused("jobs: 2,, ")).toContain("pipeline/config.ts cannot be loaded: ")
  expect(await refused(undefined, { PIPELINE_JOBS: "many" })).toBe(
    "pipeline: PIPELINE_JOBS is 'many': expected a number"
  )
  expect(await refused(undefined, { PIPELINE_PER_GPU: "0" })).toContain("PIPELINE_PER_GPU is '0': expected a value")
  expect(await refused(undefined, { PIPELINE_DEVICE_MEMORY: "-1" })).toContain("PIPELINE_DEVICE_MEMORY is '-1': ")
})

test("the project's own file names every setting, with its variable", async () => {
  const own = makeProject({ pipeline: "own" }).read("pipeline/config.ts")
  for (const name of CONFIG_NAMES) expect(own).toMatch(new RegExp(`// ${name}: .*\\(?${CONFIG[name].variable}\\)`))
})
