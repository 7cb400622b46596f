/**
 * The machine's peak of multiply-add with vectors of so many bits, of a program in C. "Images" are floating-point
 * operations here.
 *
 * Usage: peak.ts BITS
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findCompiler } from "../../../src/engine/native/compiler.ts"
import { serve, type Timing } from "./serve.ts"

const bits = Number(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), "pipeline-peak-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
const program = join(folder, "peak")
const { command, target } = await findCompiler()
const source = join(import.meta.dirname, "peak.c")
execFileSync(command, ["-O3", target, "-ffp-contract=fast", `-DBYTES=${bits / 8}`, source, "-o", program])

function train(_variant: string, seconds: number): Timing {
  const [images, took] = execFileSync(program, [`${seconds}`], { encoding: "utf8" })
    .split(" ")
    .map(Number)
  return { images, seconds: took }
}

await serve(async () => ({ variants: [{ name: "", ...train("", 0.1) }], train }))
