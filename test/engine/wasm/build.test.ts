/**
 * Kernels are compiled when they are first needed, and what they will be is known before. A read-only installation: what
 * is built and unchanged is used; what has to be compiled is told of.
 */
import { spawn, spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { named, parse, record, text } from "../../../src/data/json.ts"
import { descriptorOf, useOf } from "../../../src/engine/engines.ts"
import { modulesOf } from "../../../src/engine/wasm/compile.ts"
import { sha256 } from "../../../src/graph/key.ts"
import { ALONE, makeProject, repository } from "../../support/project.ts"

/** Nobody's: permissions bind this user, also where root runs the tests. */
const NOBODY = 65534

function installation() {
  const root = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => {
    for (const folder of [root, ...folders()]) chmodSync(folder, 0o755)
    rmSync(root, { recursive: true, force: true })
  })
  const wasm = join(root, "src/engine/wasm")
  cpSync(join(repository, "src/engine/wasm"), wasm, { recursive: true })
  cpSync(join(repository, "package.json"), join(root, "package.json"))
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"))
  const folders = () => [wasm, join(wasm, "build"), join(wasm, "kernels")]
  const build = () => {
    const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
    const { status, stderr } = spawnSync(process.execPath, [join(wasm, "build.mjs")], { encoding: "utf8", ...as })
    return { status, stderr }
  }
  chmodSync(root, 0o755)
  return {
    wasm,
    build,
    /** Sources newer than the build is confirmed to be, in a place that cannot be written. */
    lock() {
      writeFileSync(join(wasm, "build/confirmed"), "")
      utimesSync(join(wasm, "build/confirmed"), new Date(0), new Date(0))
      for (const folder of folders()) chmodSync(folder, 0o555)
      for (const name of readdirSync(join(wasm, "build"))) {
        chmodSync(join(wasm, "build", name), 0o444)
        if (process.getuid?.() === 0) chownSync(join(wasm, "build", name), 0, 0)
      }
    }
  }
}

test("sources that are newer by the clock alone need nothing, and nothing is written", () => {
  const { lock, build } = installation()
  lock()
  expect(build()).toEqual({ status: 0, stderr: "" })
})

test("sources that changed are told of where the kernels cannot be compiled", () => {
  const { lock, build, wasm } = installation()
  appendFileSync(join(wasm, "kernels/exp.ts"), "// another\n")
  lock()
  const { status, stderr } = build()
  expect(status).toBe(1)
  expect(stderr).toContain("pipeline: the kernels have to be compiled")
  expect(stderr).toContain(`${join(wasm, "build")} cannot be written`)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test("kernels.json says what the sources of today compile to", () => {
  const wasm = join(repository, "src/engine/wasm")
  const known = parse(readFileSync(join(wasm, "kernels.json")), named(record({ wasm: text })))
  const found = (name: string) => readFileSync(join(wasm, "build", `${name}.wasm`))
  for (const [name, { wasm }] of Object.entries(known))
    expect(sha256(found(name)), `${name}: run \`node src/engine/wasm/build.mjs\` and commit kernels.json`).toBe(wasm)
})

/** Digests of nodes' code, by node. */
const keysOf = async (project: ReturnType<typeof makeProject>) =>
  (await project.json(["status", "quick", "--set", "seeds=0"])).map(({ name, key }) => `${name} ${key}`)

test("keys are those of compiled kernels before they are compiled, and follow an edit of their sources", async () => {
  const project = makeProject({ ...ALONE, pipeline: "own" })
  const build = project.path("src/engine/wasm/build")
  const before = await keysOf(project)
  rmSync(build, { recursive: true })
  expect(await keysOf(project)).toEqual(before)
  expect(readdirSync(build).filter((name) => name.endsWith(".wasm"))).toEqual([])
})

test("what was built of other sources is removed; two that need a module at once compile it once", async () => {
  const { wasm, build } = installation()
  const module = join(wasm, "build/second-order-f64.wasm")
  const right = readFileSync(module)
  writeFileSync(module, "of other sources")
  for (const name of ["build/confirmed", "build/second-order-f64.wasm.sha256"])
    rmSync(join(wasm, name), { force: true })
  const announced = spawnSync(process.execPath, [join(wasm, "ready.mjs")], { encoding: "utf8" })
  expect([announced.status, announced.stderr, existsSync(module)]).toEqual([0, "", false])
  const need = () =>
    new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [join(wasm, "build.mjs"), "second-order-f64"])
      let said = ""
      child.stderr.on("data", (chunk) => (said += chunk))
      child.on("close", (code) => resolve(`${code} ${said}`))
    })
  const compiling = "0 compiling the kernels second-order-f64 (once)…\n"
  expect(await Promise.all([need(), need()])).toEqual([compiling, compiling])
  expect(readFileSync(module)).toEqual(right)
  expect(readdirSync(join(wasm, "build")).filter((name) => /lock|\.\d+$/.test(name))).toEqual([])
  expect(build()).toEqual({ status: 0, stderr: "" })
})

test("whatever trials ask of the engine, in either precision, is compiled of modules that there are", () => {
  const known = Object.keys(JSON.parse(readFileSync(join(repository, "src/engine/wasm/kernels.json"), "utf8")))
  // Trainings on standardized images are in f32 alone.
  for (const precision of ["f32", "f64"] as const)
    for (const role of ["training", "standardized", "analysis", "secondOrder"] as const) {
      if (role === "standardized" && precision === "f64") continue
      expect(descriptorOf("wasm").modules[role]).toBeDefined()
      const modules = modulesOf(useOf("wasm", role, precision))
      expect(modules.length, `${role} in ${precision}`).toBeGreaterThan(0)
      expect(known).toEqual(expect.arrayContaining([...modules]))
    }
  // Loss and gradient in the precision asked for, products in f64.
  expect(modulesOf({ role: "secondOrder", numericClass: "wasm-f32-plain" })).toEqual([
    "train-f32-plain",
    "second-order-f64-plain"
  ])
})
