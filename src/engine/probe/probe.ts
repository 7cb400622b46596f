/** Tries an engine in a process of its own: whether it runs here, how near it is to plain JavaScript, how fast. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import { descriptorOf } from "../engines.ts"
import { missingPackages } from "../packages.ts"
import { type Agreement, agrees, TOLERANCE } from "./measure.ts"
import { type Question, type Report, readReport } from "./messages.ts"

/** How an engine stands on this machine. */
export type Standing =
  | {
      readonly works: true
      readonly numericClass: string
      readonly facts: Readonly<Record<string, string>>
      /** Missing where there is no plain JavaScript to compare with: TensorFlow.js is not installed. */
      readonly agreement?: Agreement
      readonly rates: ReadonlyArray<number> // images per second, one a network
    }
  | { readonly works: false; readonly reason: string; readonly remedy: string | null; readonly log: string }

/** Seconds for a question, and for each network. */
const [PATIENCE, PATIENCE_PER_NETWORK] = [90, 30]

export function probe(question: Question, env: Readonly<Record<string, string>> = {}): Promise<Standing> {
  const absent = missingPackages(descriptorOf(question.engine))
  if (absent.length > 0) {
    const reason = `not installed: ${absent.join(", ")}`
    return Promise.resolve({ works: false, reason, remedy: "pipeline doctor --install", log: "" })
  }
  const { promise, resolve } = Promise.withResolvers<Standing>()
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      fileURLToPath(new URL("./child.ts", import.meta.url)),
      JSON.stringify(question)
    ],
    { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { ...process.env, ...env } }
  )
  let works: (Report & { readonly type: "works" }) | undefined
  let fails: (Report & { readonly type: "fails" }) | undefined
  let ended = false
  const rates: Array<number> = []
  let log = ""
  let late = false
  const note = (chunk: Buffer) => (log = (log + chunk).slice(-20_000))
  child.stdout!.on("data", note)
  child.stderr!.on("data", note)
  createInterface({ input: child.stdio[3] as Readable }).on("line", (line) => {
    const report = readReport(line)
    if (report.type === "works") works = report
    else if (report.type === "fails") fails = report
    else if (report.type === "rate") rates.push(report.rate)
    else ended = true
  })
  const patience = PATIENCE + PATIENCE_PER_NETWORK * question.networks.length
  const timer = setTimeout(() => {
    late = true
    child.kill("SIGKILL")
  }, patience * 1000)
  child.on("error", (error) => (log += error.message))
  child.on("close", (code, signal) => {
    clearTimeout(timer)
    const broken = (reason: string, remedy: string | null = null) => resolve({ works: false, reason, remedy, log })
    if (fails !== undefined) return broken(fails.reason, fails.remedy)
    if (late) return broken(`it did not answer within ${patience} s`)
    const what = works === undefined ? "starting" : "training"
    if (!ended)
      return broken(
        `${what} it ended its process ${signal === null ? `with exit code ${code}` : `by the signal ${signal}`}`
      )
    const { numericClass, facts, agreement } = works!
    if (agreement !== undefined && !agrees(agreement)) {
      const far = (Object.keys(TOLERANCE) as Array<keyof Agreement>).filter(
        (what) => !(agreement[what] <= TOLERANCE[what])
      )
      const how = far.map((what) => `${what} by ${agreement[what].toExponential(0)}`)
      return broken(`it computes something else than plain JavaScript: ${how.join(", ")}`)
    }
    return resolve({ works: true, numericClass, facts, ...(agreement && { agreement }), rates })
  })
  return promise
}
