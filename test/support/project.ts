/**
 * Projects of their own for tests that run the real command: a copy of the sources in a temporary folder, with the
 * pipeline of a fixture or the real one.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, onTestFinished } from "vitest"
import { projectId } from "../../src/cache/project.ts"
import { anything, named, parse } from "../../src/data/json.ts"
import { descriptorOf, ENGINES } from "../../src/engine/engines.ts"
import { type Copy, type Kind, removeCopy, returnCopy, takeCopy } from "./copies.ts"
import type { Finished, Server } from "./served.ts"

export { repository } from "./copies.ts"

/** Paths of the modules that engines are given by to compute modules. */
export const engineModules: ReadonlyArray<string> = [
  ...new Set(ENGINES.flatMap((name) => Object.values(descriptorOf(name).modules).map((url) => fileURLToPath(url))))
]

/** One line of `--json` output. */
export type Line = Readonly<Record<string, unknown>>

export interface Project {
  readonly root: string
  /** Folder of its logs, in its own cache. */
  readonly logs: string
  path(...parts: ReadonlyArray<string>): string
  /**
   * Runs `pipeline` to its end, as another user if one is named: one command after another in one process, unless
   * `commands` of the options, or what a process is started with, wants it otherwise.
   */
  run(args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>, uid?: number): Promise<Finished>
  /** Runs `pipeline … --json` and reads its lines; fails unless it exits with 0. */
  json(args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>): Promise<ReadonlyArray<Line>>
  /** Starts `pipeline` without waiting. */
  start(args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>): ChildProcess
  read(path: string): string
  write(path: string, text: string | Uint8Array): void
  /** Replaces a piece of a file, which must be there. */
  edit(path: string, from: string, to: string): void
  remove(path: string): void
  /** Output digests of all nodes, by node and output; only of those that are done. */
  digests(targets?: ReadonlyArray<string>): Promise<Readonly<Record<string, string>>>
}

export interface ProjectOptions {
  readonly pipeline?: Kind
  /** Name of the temporary folder, to try odd ones. */
  readonly folder?: string
  /** Whether each command gets a process of its own, as users start them: for tests of what a process does. */
  readonly commands?: "in one process" | "each in its own"
}

/** For tests of what a process does when it starts, and how it ends. */
export const ALONE = { commands: "each in its own" } satisfies ProjectOptions

/** A project of the test that asks for it. */
export function makeProject({ pipeline = "words", folder = "project", commands }: ProjectOptions = {}): Project {
  const copy = takeCopy(pipeline, folder)
  let isTame = true
  onTestFinished(({ task }) => {
    if (isTame && task.result?.state !== "fail" && copy.server.state === "waits") returnCopy(copy)
    else removeCopy(copy)
  })
  const server = commands === "each in its own" ? undefined : copy.server
  return projectIn(copy.root, server, () => (isTame = false))
}

/**
 * One project for all tests of a file, whose results are made once: each test finds its cache and its reports as
 * `prepare` left them, with what that gave. For tests that change nothing else.
 */
export function preparedProject<A>(
  { pipeline = "words", folder = "project", commands }: ProjectOptions,
  prepare: (project: Project) => Promise<A>
) {
  const made = ["cache", "reports"]
  let once: Promise<{ readonly project: Project; readonly prepared: A }> | undefined
  const begin = async () => {
    const copy = takeCopy(pipeline, folder)
    copies.push(copy)
    const project = projectIn(copy.root, commands === "each in its own" ? undefined : copy.server)
    const prepared = await prepare(project)
    for (const part of made) execFileSync("cp", ["-a", project.path(part), join(copy.parent, part)])
    return { project, prepared }
  }
  const copies: Array<Copy> = []
  afterAll(() => copies.forEach(removeCopy))
  return async () => {
    once ??= begin()
    const { project, prepared } = await once
    for (const part of made) {
      project.remove(part)
      execFileSync("cp", ["-a", join(project.root, "..", part), project.path(part)])
    }
    return { project, prepared }
  }
}

/** A project that lies in a folder already. */
export const openProject = (root: string): Project => projectIn(root)

/** Commands are run by the server, where there is one; `wild` is called where processes are started that may outlive it. */
function projectIn(root: string, server?: Server, wild = () => {}): Project {
  const command = (args: ReadonlyArray<string>) => [join(root, "src/cli/launch.js"), ...args]
  const options = (env: Readonly<Record<string, string>> = {}, uid?: number) => ({
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", PIPELINE_CALLED: "pipeline", ...env },
    uid
  })
  const path = (...parts: ReadonlyArray<string>) => join(root, ...parts)
  const run: Project["run"] = (args, env, uid) => {
    const needsStart = uid !== undefined || env?.NODE_OPTIONS !== undefined
    if (needsStart) wild()
    else if (server !== undefined && server.state !== "runs") return server.run(args, options(env).env)
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        command(args),
        { ...options(env, uid), maxBuffer: 1 << 28 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : ((error as { code?: number | string }).code as number | undefined)
          resolve({ code: typeof code === "number" ? code : null, stdout, stderr })
        }
      )
    })
  }
  const json: Project["json"] = async (args, env) => {
    const { code, stdout, stderr } = await run([...args, "--json"], env)
    if (code !== 0) throw new Error(`pipeline ${args.join(" ")} ended with ${code}: ${stderr}`)
    return linesOf(stdout)
  }
  return {
    root,
    logs: join("cache/logs", projectId(root)),
    path,
    run,
    json,
    start(args, env) {
      wild()
      return spawn(process.execPath, command(args), { ...options(env), stdio: ["ignore", "pipe", "pipe"] })
    },
    read: (file) => readFileSync(path(file), "utf8"),
    write(file, text) {
      mkdirSync(dirname(path(file)), { recursive: true })
      writeFileSync(path(file), text)
    },
    edit(file, from, to) {
      const text = readFileSync(path(file), "utf8")
      if (!text.includes(from)) throw new Error(`${file} does not contain ${JSON.stringify(from)}`)
      writeFileSync(path(file), text.replace(from, to))
    },
    remove: (file) => rmSync(path(file), { recursive: true, force: true }),
    async digests(targets = []) {
      const digests: Record<string, string> = {}
      for (const { name, outputs } of await json(["status", ...targets])) {
        for (const [output, digest] of Object.entries(outputs as Record<string, string>))
          digests[`${name}:${output}`] = digest
      }
      return digests
    }
  }
}

export const linesOf = (stdout: string): ReadonlyArray<Line> =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((text) => parse(text, named(anything)))

/** Names of the nodes that a `run --json` executed. */
export const executed = (lines: ReadonlyArray<Line>) =>
  lines.filter((line) => line.type === "done").map((line) => line.name as string)

/** Where a `run --json` has put its report. */
export function publishedIn(lines: ReadonlyArray<Line>): string {
  const event = lines.find(({ type }) => type === "published")
  if (event === undefined) throw new Error("nothing was published")
  return event.folder as string
}

export const end = (lines: ReadonlyArray<Line>): Line => lines[lines.length - 1]

/** Paths of all files in a folder, relative to it. */
export function filesIn(folder: string): ReadonlyArray<string> {
  if (!existsSync(folder)) return []
  return (readdirSync(folder, { recursive: true }) as Array<string>)
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort()
}

/** Waits until something holds, looking every few milliseconds. */
export async function until(holds: () => boolean | Promise<boolean>, timeout = 20_000): Promise<void> {
  const deadline = performance.now() + timeout
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`did not come true within ${timeout} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
