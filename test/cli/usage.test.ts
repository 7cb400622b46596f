/** Bad input: one clear message on stderr, an exit code, no stack trace, nothing lost. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { end, makeProject, type Project } from "../support/project.ts"

async function complaint(project: Project, args: ReadonlyArray<string>, code: number, env?: Record<string, string>) {
  const result = await project.run(args, env)
  expect({ code: result.code, stdout: result.stdout }, result.stderr).toEqual({ code, stdout: "" })
  expect(result.stderr).not.toMatch(/^\s+at |node:internal|\[object|undefined/m)
  return result.stderr.trim()
}

test("targets and flags that do not exist are told of, with what is near", async () => {
  const project = makeProject()
  expect(await complaint(project, ["run", "wrods"], 2)).toBe(
    "pipeline: no study, stage, data set or node is called 'wrods'. Did you mean 'words'?"
  )
  expect(await complaint(project, ["why", "count/foxx"], 2)).toBe(
    "pipeline: no node is called 'count/foxx'. Did you mean 'count/fox'?"
  )
  expect(await complaint(project, ["run", "nothing-like-it"], 2)).toContain("`pipeline list` shows")
  expect(await complaint(project, ["run", "--job", "1"], 2)).toContain("--jobs")
  expect(await complaint(project, ["rnu"], 2)).toContain("run")
  expect(await complaint(project, ["run", "--jobs", "none"], 2)).toContain("jobs")
  expect(await complaint(project, ["run", "--jobs", "0"], 2)).toBe(
    "pipeline: --jobs 0: expected a number of at least 1"
  )
  expect(await complaint(project, ["why", "count/*"], 2)).toContain("means 2 nodes")
  expect(await complaint(project, ["get", "count/fox"], 2)).toContain("`pipeline run 'count/fox'` makes it")
})

test("settings are checked by their schema", async () => {
  const project = makeProject()
  expect(await complaint(project, ["run", "--set", "letters=many"], 2)).toContain(`letters = "many"`)
  expect(await complaint(project, ["run", "--set", "letters=0"], 2)).toContain(
    "letters = 0: expected a value between 1 and 50"
  )
  expect(await complaint(project, ["run", "--set", "leters=4"], 2)).toContain("Did you mean 'letters'?")
  expect(await complaint(project, ["run", "--set", "letters"], 2)).toContain("expected NAME=VALUE")
  expect(await complaint(project, ["run", "--set", "__proto__=5"], 2)).toContain(
    "__proto__ = 5: study 'words' has no setting '__proto__'. There are texts, letters."
  )
  expect(await complaint(project, ["run", "--where", "-hot"], 2)).toContain("--where '-hot'")
  expect(await complaint(project, ["run", "--cache", "-"], 2)).toContain("--cache -: expected a folder")
})

test("stages that need each other are refused with their path", async () => {
  const project = makeProject()
  project.edit(
    "pipeline/pipeline.ts",
    "files: ({ text }) => [`texts/${text}.txt`],",
    'inputs: ({ text }) => ({ counts: count.node({ text, letters: 3 }).output("counts") }),'
  )
  expect(await complaint(project, ["run"], 2)).toBe(
    "pipeline: the stages form a cycle, so none of them can be first: count/fox → read/fox → count/fox. Remove one of these inputs."
  )
})

test("a broken pipeline file and a folder without one are told of", async () => {
  const project = makeProject()
  project.edit("pipeline/pipeline.ts", "export default definePipeline(", "export default definePipelin(")
  expect(await complaint(project, ["run"], 2)).toContain(
    "pipeline/pipeline.ts cannot be loaded: definePipelin is not defined"
  )
  project.remove("pipeline")
  expect(await complaint(project, ["run"], 2)).toContain("run this inside a project")
})

test("a stage whose code does not parse is named with its line", async () => {
  const project = makeProject()
  project.edit("pipeline/compute/words.ts", "export const letters", "export const const letters")
  expect(await complaint(project, ["run"], 2)).toMatch(
    /pipeline\/compute\/count\.ts cannot be read: .* \(pipeline\/compute\/words\.ts, line 5\)/
  )
})

test("a cache folder that cannot be used is told of", async () => {
  const project = makeProject()
  writeFileSync(project.path("file"), "")
  expect(await complaint(project, ["run", "--cache", project.path("file", "cache")], 1)).toContain(
    "part of the path is a file, not a folder"
  )
})

test("a folder without permission is told of", async () => {
  const project = makeProject()
  mkdirSync(project.path("locked"))
  chmodSync(project.path("locked"), 0o500)
  // Permissions do not bind root; the kernel's own folders do.
  const folder = process.getuid?.() === 0 ? "/sys/cache" : project.path("locked", "cache")
  expect(await complaint(project, ["run", "--cache", folder], 1)).toContain("permission denied")
})

test("help is on stdout for every command, and completions are there", async () => {
  const project = makeProject()
  const upkeep = ["stats", "verify", "gc", "export", "import", "backup"].map((name) => `cache ${name}`)
  const commands = ["run", "plan", "status", "why", "show", "logs", "accept", "get", "graph", "list", "cache"]
  for (const command of [...commands, ...upkeep]) {
    const { code, stdout, stderr } = await project.run([...command.split(" "), "--help"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain(`pipeline ${command}`)
  }
  expect((await project.run(["--completions", "bash"])).stdout).toContain("pipeline")
  expect((await project.run(["--version"])).stdout).toMatch(/\d+\.\d+\.\d+/)
})

test("wrong usage leaves finished work alone", async () => {
  const project = makeProject()
  await project.json(["run"])
  await complaint(project, ["run", "--set", "letters=0"], 2)
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 5 })
})
