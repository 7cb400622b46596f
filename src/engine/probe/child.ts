/**
 * The process in which an engine is tried, so that whatever it does harms nobody else. One JSON line of its argument,
 * a `Question`; answers are `Report`s, one JSON line each on the file descriptor 3: libraries greet on stdout.
 */
import { writeSync } from "node:fs"
import { descriptorOf, loadEngine } from "../engines.ts"
import { missingPackages } from "../packages.ts"
import { EngineUnavailable, firstLine } from "../unavailable.ts"
import { agreementOf, rateOf } from "./measure.ts"
import { type Report, readQuestion } from "./messages.ts"

const { engine: name, networks } = readQuestion(process.argv[2])
const report = (value: Report) => writeSync(3, `${JSON.stringify(value)}\n`)

try {
  const engine = await loadEngine(name, "training")
  const comparable = missingPackages(descriptorOf("tfjs-cpu")).length === 0
  const plain = comparable && (await loadEngine("tfjs-cpu", "training"))
  const agreement = plain && (await agreementOf(engine, plain))
  report({
    type: "works",
    numericClass: engine.numericClass,
    facts: "facts" in engine ? (engine.facts?.() ?? {}) : {},
    ...(agreement && { agreement })
  })
  for (const { network, batch } of networks) report({ type: "rate", rate: await rateOf(engine, network, batch) })
  report({ type: "end" })
  process.exit(0) // native libraries may keep threads
} catch (error) {
  if (error instanceof EngineUnavailable) report({ type: "fails", reason: error.reason, remedy: error.remedy })
  else report({ type: "fails", reason: firstLine(error) || "it failed without saying why", remedy: null })
  process.exit(1)
}
