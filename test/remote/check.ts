/**
 * Two projects and a real server between them (nginx.sh starts it): what one has made the other takes and computes
 * nothing, through a line that breaks, stalls and lies as well. `node check.ts FOLDER URL`.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { request as ask } from "node:https"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const [work, url] = process.argv.slice(2)
const repository = fileURLToPath(new URL("../..", import.meta.url))
const environment = {
  ...process.env,
  NO_COLOR: "1",
  XDG_CONFIG_HOME: join(work, "config"),
  NODE_EXTRA_CA_CERTS: join(work, "cert.pem"),
  PIPELINE_REMOTE_USER: "me",
  PIPELINE_REMOTE_PASSWORD: "secret"
}

function makeProject(name: string): string {
  const root = join(work, name)
  cpSync(join(repository, "test/fixtures/loads"), root, { recursive: true })
  for (const part of ["src", "package.json"]) cpSync(join(repository, part), join(root, part), { recursive: true })
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"))
  return root
}

interface End {
  readonly executed: number
  readonly reused: number
  readonly failed: number
}

async function pipeline(root: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) {
  const { spawn } = await import("node:child_process")
  const child = spawn(process.execPath, [join(root, "src/cli/launch.js"), ...args], {
    cwd: root,
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve))
  ])
  if (stdout.includes("secret") || stderr.includes("secret")) throw new Error("a password was printed")
  if (code !== 0) throw new Error(`pipeline ${args.join(" ")} ended with ${code}: ${stderr}`)
  return { stdout, stderr }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = ""
  for await (const piece of stream) all += piece
  return all
}

async function run(root: string, args: ReadonlyArray<string>) {
  const { stdout, stderr } = await pipeline(root, ["run", ...args, "--json"])
  const lines = stdout.trim().split("\n")
  return { ...(JSON.parse(lines[lines.length - 1]) as End), stderr, stdout }
}

async function digests(root: string): Promise<string> {
  const { stdout } = await pipeline(root, ["status", "--json"])
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; outputs: unknown })
    .map(({ name, outputs }) => JSON.stringify({ name, outputs }))
    .join("\n")
}

function expect(what: string, holds: boolean, found: unknown = ""): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(found)}`)
  console.log(`ok  ${what}`)
}

/** A line to the server on which every few requests something happens, by turns. */
async function faulty(every: number) {
  let count = 0
  const ca = readFileSync(join(work, "cert.pem"))
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): unknown => {
    const fault = ++count % every === 0 ? (count / every) % 5 : -1
    if (fault === 0) return incoming.socket.destroy()
    if (fault === 1) return outgoing.writeHead(500).end()
    const { method, url: path, headers } = incoming
    const forward = ask(
      new URL(path!, url),
      { method, headers: { ...headers, host: new URL(url).host }, ca },
      (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.on("data", (piece: Buffer): unknown => {
          if (fault === 2) {
            outgoing.write(piece.subarray(0, piece.length >> 1))
            return setTimeout(() => incoming.socket.destroy(), 5)
          }
          if (fault === 3) piece[piece.length >> 1] ^= 1
          return outgoing.write(piece)
        })
        answer.on("end", () => setTimeout(() => outgoing.end(), fault === 4 ? 1000 : 0))
      }
    )
    forward.on("error", () => outgoing.destroy())
    incoming.on("error", () => forward.destroy())
    return incoming.pipe(forward)
  }
  const server = createServer(handle)
  server.on("clientError", (_, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${new URL(url).pathname}`,
    close() {
      server.closeAllConnections()
      server.close()
    }
  }
}

const alone = makeProject("alone")
const first = await run(alone, [])
const expected = await digests(alone)
expect("a run without a remote", first.failed === 0 && first.executed > 0, first)

const one = makeProject("one")
const made = await run(one, ["--remote", url])
expect(
  "a run that pushes to nginx by TLS with a password",
  made.executed === first.executed && !/not pushed/.test(made.stdout),
  made
)
const two = makeProject("two")
const taken = await run(two, ["--remote", url])
expect("another takes all of it and computes nothing", taken.executed === 0 && taken.failed === 0, taken)
expect("its results are the same", (await digests(two)) === expected)
const { stdout } = await pipeline(makeProject("three"), ["cache", "pull", url])
console.log(`ok  ${stdout.trim()}`)

for (const every of [7, 3, 2]) {
  const line = await faulty(every)
  const name = `line-${every}`
  const result = await run(makeProject(name), ["--remote", line.url])
  line.close()
  expect(
    `with a fault in every ${every} requests ${result.executed} of ${first.executed} are computed`,
    result.failed === 0,
    result
  )
  expect("and the results are the same", (await digests(join(work, name))) === expected)
  rmSync(join(work, name), { recursive: true })
}

rmSync(join(work, "srv/results"), { recursive: true })
const line = await faulty(3)
const pushed = await run(makeProject("writer"), ["--remote", line.url])
line.close()
expect("pushed through a line with faults", pushed.executed === first.executed, pushed)
const after = await run(makeProject("reader"), ["--remote", url])
expect(`what came through is sound: ${after.executed} of ${first.executed} computed`, after.failed === 0, after)
expect("and the results are the same", (await digests(join(work, "reader"))) === expected)

if (spawnSync("rsync", ["--version"]).status !== 0) console.log("skipped: rsync is not installed")
else {
  // In place of ssh: what would be run there is run here.
  const shell = join(work, "shell")
  writeFileSync(shell, '#!/bin/sh\nwhile [ "$1" != host ]; do shift; done\nshift\nexec sh -c "$*"\n')
  chmodSync(shell, 0o755)
  mkdirSync(join(work, "far"))
  const address = `ssh://host${join(work, "far/results")}`
  const env = { RSYNC_RSH: shell }
  await pipeline(one, ["cache", "push", address], env)
  const there = () => execFileSync("find", [join(work, "far"), "-type", "f"], { encoding: "utf8" }).split("\n").length
  const files = there()
  await pipeline(one, ["cache", "push", address], env)
  expect("pushed by rsync, and again with nothing to send", files > 2 && there() === files, files)
  const four = makeProject("four")
  await pipeline(four, ["cache", "pull", address], env)
  const here = await run(four, [])
  expect("pulled by rsync: nothing is left to compute", here.executed === 0, here)
  expect("and the results are the same", (await digests(four)) === expected)
  const left = readdirSync(join(four, "cache/tmp"))
  expect("no staging folder is left", left.length === 0, left)
}
