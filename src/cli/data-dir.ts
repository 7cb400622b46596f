/** The folder of this machine that may have the files of data sets: `--data-dir`, or `PIPELINE_DATA_DIR`. */
import { resolve } from "node:path"
import { whatIsAt } from "../cache/files.ts"
import type { Plan } from "../graph/plan.ts"
import type { Hints } from "../run/workplace.ts"
import { configured } from "./config.ts"
import { UsageError } from "./errors.ts"

const HINT = "dataDir"

const missing = (path: string): string | undefined => {
  const found = whatIsAt(path)
  return found === "a folder" ? undefined : `expected a folder, found ${found} at ${path}`
}

/** What a run says of it to the stages that ask. Throws `UsageError` where the flag names no folder. */
export function dataDirOf(flag: string | undefined): Hints {
  const set = configured("dataDir")
  if (flag === undefined) return set === undefined ? {} : { [HINT]: resolve(set) }
  if (flag === "") throw new UsageError({ problem: "--data-dir '': expected a folder" })
  const problem = missing(resolve(flag))
  if (problem !== undefined) throw new UsageError({ problem: `--data-dir ${flag}: ${problem}` })
  return { [HINT]: resolve(flag) }
}

/** What is to be said before files are looked for where a variable, perhaps of long ago, says that they are. */
export function dataDirNotice({ graph, runs }: Plan, hints: Hints): string | undefined {
  if (!Object.hasOwn(hints, HINT) || !runs.some((index) => graph.nodes[index].stage.hints?.includes(HINT)))
    return undefined
  const problem = missing(String(hints[HINT]))
  return problem && `PIPELINE_DATA_DIR: ${problem}`
}
