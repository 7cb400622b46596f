/** Stages that fail, workers that die, interrupted runs: the rest goes on and nothing finished is lost. */
import { execFileSync } from "node:child_process"
import { appendFileSync, existsSync, linkSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, linesOf, makeProject, type Project, until } from "../support/project.ts"

/** Makes the counting of one text do something else first. */
const sabotage = (project: Project, text: string, action: string) =>
  project.edit(
    "pipeline/compute/count.ts",
    "const counts:",
    `if (Buffer.from(inputs.text.bytes()).toString("utf8").startsWith("the ${text}")) ${action}\n  const counts:`
  )

test.for([
  { how: "throws", action: `throw new Error("no such luck")`, message: "no such luck" },
  { how: "exits", action: "process.exit(7)", message: "its process ended by itself with exit code 7" },
  { how: "is killed", action: `process.kill(process.pid, "SIGKILL")`, message: "its process was killed (SIGKILL)" },
  {
    how: "gives no bytes",
    action: `return { counts: "text" }`,
    message: "the output 'counts' is no Uint8Array"
  }
])(
  "a stage that $how fails its node alone, with a log, and is the only one to run again",
  async ({ action, message }) => {
    const project = makeProject()
    sabotage(project, "sea", action)
    const { code, stdout, stderr } = await project.run(["run", "--json"])
    expect(code).toBe(1)
    const lines = linesOf(stdout)
    const failed = lines.filter((line) => line.type === "failed")
    expect(failed).toHaveLength(1)
    expect(failed[0].name).toBe("count/sea")
    expect(failed[0].message).toContain(message)
    expect(readFileSync(failed[0].log as string, "utf8")).toContain(message)
    expect(stderr).not.toMatch(/^\s+at /m)
    // The table collects: it takes what is there, and says what is not.
    expect(end(lines)).toMatchObject({ executed: 4, failed: 1, skipped: 0 })
    expect(project.read("reports/words/table.csv")).toContain("sea,,no result")

    const plain = await project.run(["run"])
    expect(plain.code).toBe(1)
    expect(plain.stderr).toContain("count/sea")
    expect(plain.stderr).toContain(`${project.logs}/count/sea.log`)
    expect(executed(linesOf((await project.run(["run", "--json"])).stdout))).toEqual([])

    project.edit("pipeline/compute/count.ts", action, "{}")
    expect(executed(await project.json(["run"])).sort()).toEqual(["count/fox", "count/sea", "table/all"])
  }
)

test("a node that failed is tried again with the cause 'retry'", async () => {
  const project = makeProject()
  sabotage(project, "sea", `if (process.env.UNLUCKY === "yes") throw new Error("unlucky")`)
  expect((await project.run(["run"], { UNLUCKY: "yes" })).code).toBe(1)
  const plan = await project.json(["plan"])
  expect(plan[0]).toMatchObject({ name: "count/sea", cause: "retry", reason: "it failed: unlucky" })
  expect((await project.json(["status"])).find((line) => line.name === "count/sea")?.state).toBe("failed")
  expect(executed(await project.json(["run"]))).toEqual(["count/sea", "table/all"])
  expect((await project.json(["status"])).every((line) => line.state === "done")).toBe(true)
})

test("what needs a failed node is skipped, and the reason names it", async () => {
  const project = makeProject()
  project.remove("texts/sea.txt")
  const { code, stdout } = await project.run(["run", "--json"])
  expect(code).toBe(1)
  const lines = linesOf(stdout)
  expect(lines.find((line) => line.type === "skipped")).toMatchObject({ name: "count/sea", because: "read/sea" })
  expect(lines.find((line) => line.type === "failed")?.message).toBe("the file texts/sea.txt is not there")
  expect(end(lines)).toMatchObject({ executed: 3, failed: 1, skipped: 1 })
})

test("where all that a node collects fails, it is skipped, and what it published before stays", async () => {
  const project = makeProject()
  await project.run(["run"])
  const before = project.read("reports/words/table.csv")
  sabotage(project, "", `throw new Error("no such luck")`)
  const { code, stdout } = await project.run(["run", "--json"])
  expect(code).toBe(1)
  const lines = linesOf(stdout)
  expect(end(lines)).toMatchObject({ executed: 0, failed: 2, skipped: 1 })
  const skipped = lines.find(({ type }) => type === "skipped")
  expect(skipped).toMatchObject({ name: "table/all", because: expect.stringMatching(/^count\//) })
  expect(project.read("reports/words/table.csv")).toBe(before)
})

test("--fail-fast starts nothing more after a failure", async () => {
  const project = makeProject()
  project.remove("texts/fox.txt")
  const { stdout } = await project.run(["run", "--json", "--jobs", "1", "--fail-fast"])
  expect(end(linesOf(stdout))).toMatchObject({ executed: 0, failed: 1, skipped: 4 })
})

/** Makes every count wait until the test lets it go on, and say that it has begun. */
function hold(project: Project) {
  const gate = project.path("gate")
  const begun = project.path("begun")
  project.edit(
    "pipeline/compute/count.ts",
    "const counts:",
    `appendFileSync(${JSON.stringify(begun)}, "x")
  while (!existsSync(${JSON.stringify(gate)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  const counts:`
  )
  project.edit(
    "pipeline/compute/count.ts",
    "import type",
    `import { appendFileSync, existsSync } from "node:fs"\nimport type`
  )
  return {
    /** Both texts are being counted. */
    begun: () => existsSync(begun) && readFileSync(begun, "utf8") === "xx",
    release: () => appendFileSync(gate, "")
  }
}

const workersOf = (project: Project) => {
  return execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(project.path("src/run/worker.ts")))
}

test.for(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
  "%s in the middle of a run keeps what is finished and leaves no process behind",
  async (signal) => {
    const project = makeProject()
    const gate = hold(project)
    const child = project.start(["run", "--jobs", "2"])
    let stderr = ""
    child.stderr?.on("data", (chunk) => (stderr += chunk))
    const exit = new Promise<number | null>((resolve) => child.on("exit", resolve))
    await until(gate.begun)
    const scheduler = signal === "SIGKILL" ? schedulerOf(project, child.pid!) : child.pid!
    process.kill(scheduler, signal)
    const code = await exit
    if (signal === "SIGINT") {
      expect(code).toBe(130)
      expect(stderr).toContain("interrupted: 2 finished, ")
    }
    await until(() => workersOf(project).length === 0, 5000)
    gate.release()
    const lines = await project.json(["run"])
    expect(executed(lines).sort()).toEqual(["count/fox", "count/sea", "table/all"])
    const undisturbed = makeProject()
    hold(undisturbed).release()
    await undisturbed.json(["run"])
    expect(project.read("reports/words/table.csv")).toEqual(undisturbed.read("reports/words/table.csv"))
  }
)

/** The scheduler itself, where the launcher had to hand over to another Node. */
function schedulerOf(project: Project, launcher: number): number {
  const rows = execFileSync("ps", ["-eo", "pid,ppid,args"], { encoding: "utf8" }).split("\n")
  const child = rows
    .map((row) => row.trim().split(/\s+/))
    .find(
      ([, parent, ...args]) => Number(parent) === launcher && args.join(" ").includes(project.path("src/cli/launch.js"))
    )
  return child === undefined ? launcher : Number(child[0])
}

test("code that is edited while it runs does not pass for the code that was planned", async () => {
  const project = makeProject()
  const gate = hold(project)
  const child = project.start(["run", "--jobs", "2", "--json"])
  let stdout = ""
  child.stdout?.on("data", (chunk) => (stdout += chunk))
  const exit = new Promise((resolve) => child.on("exit", resolve))
  await until(gate.begun)
  project.edit("pipeline/compute/words.ts", "[a-z]+", "[a-m]+")
  gate.release()
  expect(await exit).toBe(1)
  const failed = linesOf(stdout).filter((line) => line.type === "failed")
  expect(failed.map((line) => line.message)).toEqual(Array(2).fill("its code was edited while it ran; run again"))
  expect(executed(await project.json(["run"])).sort()).toEqual(["count/fox", "count/sea", "table/all"])
})

test("sources that are touched, linked or written again with the same text while they run cost nobody a result", async () => {
  const project = makeProject()
  const gate = hold(project)
  const run = project.run(["run", "--jobs", "2", "--json"])
  await until(gate.begun)
  const path = project.path("pipeline/compute/words.ts")
  utimesSync(path, new Date(), new Date())
  linkSync(path, `${path}.backup`)
  writeFileSync(project.path("pipeline/compute/count.ts"), project.read("pipeline/compute/count.ts"))
  gate.release()
  const { code, stdout } = await run
  expect({ code, end: end(linesOf(stdout)) }).toMatchObject({ code: 0, end: { executed: 5, failed: 0 } })
})
