/** What a node writes while it runs can be read, afterwards and meanwhile. */
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync } from "node:fs"
import { expect, test } from "vitest"
import { makeProject, type Project, until } from "../support/project.ts"

const say = (project: Project, action: string) => {
  project.edit("pipeline/compute/count.ts", "import type", 'import { existsSync } from "node:fs"\nimport type')
  project.edit("pipeline/compute/count.ts", "const counts:", `${action}\n  const counts:`)
}

test("logs prints what a node wrote, and says so where it wrote nothing", async () => {
  const project = makeProject()
  say(project, `console.log("counting"); console.error("still counting")`)
  await project.json(["run"])
  expect(await project.run(["logs", "count/fox"])).toEqual({
    code: 0,
    stdout: "counting\nstill counting\n",
    stderr: ""
  })
  expect(await project.run(["logs", "read/fox"])).toEqual({
    code: 0,
    stdout: "",
    stderr: "read/fox has written nothing\n"
  })
  expect((await project.run(["logs", "count/foxx"])).stderr).toContain("Did you mean 'count/fox'?")
})

test("what a node writes acts on no terminal, and a log that is none is told of and not waited for", async () => {
  const project = makeProject()
  await project.json(["run"])
  const log = `${project.logs}/count/fox.log`
  project.write(log, Buffer.from("\x1b]0;title\x07\x1b[2Jone\ttwo\r\n\u009b31mü \u202e\x9b\n"))
  const { stdout } = await project.run(["logs", "count/fox"])
  expect(stdout).toBe("\\x1b]0;title\\x07\\x1b[2Jone\ttwo\\x0d\n\\x9b31mü \\u202e\\x9b\n")
  for (const [put, what] of [
    [(path: string) => mkdirSync(path), "it is a folder, not a file"],
    [(path: string) => void execFileSync("mkfifo", [path]), "it is a pipe (FIFO), not a file"],
    [(path: string) => symlinkSync("/dev/zero", path), "its links lead round in a circle"]
  ] as const) {
    project.remove(log)
    put(project.path(log))
    const { code, stdout, stderr } = await project.run(["logs", "count/fox"])
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: `pipeline: the file ${project.path(log)} cannot be read: ${what}\n`
    })
  }
})

test("a node's last words are in its own log, not in that of the worker's next", async () => {
  const project = makeProject({ pipeline: "loads" })
  const words = 3000
  project.edit(
    "pipeline/compute/make.ts",
    "return {",
    `for (let i = 0; i < ${words}; i++) (i % 2 === 0 ? console.log : console.error)(\`\${parameters.id} says \${i}\`)
  return {`
  )
  await project.json(["run", "make", "--jobs", "1", "--set", "nodes=8"])
  for (let id = 0; id < 8; id++) {
    const lines = project.read(`${project.logs}/make/0/${id}.log`).trimEnd().split("\n")
    expect(lines.filter((line) => line.startsWith(`${id} says `))).toHaveLength(lines.length)
    expect(lines).toHaveLength(words)
  }
})

test("logs prints why a node failed", async () => {
  const project = makeProject()
  say(project, `throw new Error("no such luck")`)
  await project.run(["run"])
  expect((await project.run(["logs", "count/fox"])).stdout).toMatch(/^Error: no such luck\n {4}at /)
})

test("logs -f prints as the node goes, and ends with it", async () => {
  const project = makeProject()
  const gate = (name: string) => JSON.stringify(project.path(name))
  say(
    project,
    `console.log("first")
  for (const [gate, text] of [[${gate("one")}, "second"], [${gate("two")}, "third"]]) {
    while (!existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 10))
    console.log(text)
  }`
  )
  project.edit("pipeline/compute/count.ts", "= ({ parameters, inputs }) =>", "= async ({ parameters, inputs }) =>")
  await project.json(["run", "read"])
  const run = project.start(["run", "count/fox", "--json"])
  const ended = new Promise((resolve) => run.on("exit", resolve))
  let events = ""
  run.stdout?.on("data", (chunk) => (events += chunk))
  await until(() => events.includes('"start"'))
  const follower = project.start(["logs", "-f", "count/fox"])
  const followed = new Promise((resolve) => follower.on("exit", resolve))
  let text = ""
  follower.stdout?.on("data", (chunk) => (text += chunk))
  await until(() => text === "first\n")
  project.write("one", "")
  await until(() => text === "first\nsecond\n")
  project.write("two", "")
  expect(await ended).toBe(0)
  expect(await followed).toBe(0)
  expect(text).toBe("first\nsecond\nthird\n")
})
