/** A read-only installation: what is built and unchanged is used; what has to be compiled is told of. */
import { spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { repository } from "../../support/project.ts"

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
    /** Sources newer than the record of the build, in a place that cannot be written. */
    lock() {
      utimesSync(join(wasm, "build/digests.json"), new Date(0), new Date(0))
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
