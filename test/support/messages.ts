/**
 * Says what many command lines say, in one process: `node messages.ts FILE`. Each case of the file is a folder to be in
 * and a line; what is told of each goes to stdout as one JSON value, by case.
 */
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { report } from "../../src/cli/errors.ts"
import { programOf } from "../../src/cli/program.ts"

interface Case {
  readonly folder: string
  readonly args: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}

const cases: ReadonlyArray<Case> = JSON.parse(readFileSync(process.argv[2], "utf8"))
const write = process.stdout.write.bind(process.stdout)
const said: Array<string> = []

const surroundings = { ...process.env }
for (const { folder, args, env } of cases) {
  // What a configuration says stands there for the rest of a command.
  for (const name in process.env) if (name.startsWith("PIPELINE_")) delete process.env[name]
  Object.assign(process.env, surroundings, env)
  let text = ""
  const note = (chunk: unknown) => {
    text += String(chunk)
    return true
  }
  process.stdout.write = note
  process.stderr.write = note
  process.chdir(folder)
  const exit = await Effect.runPromiseExit(await programOf(args))
  const code = exit._tag === "Success" ? 0 : report(exit.cause)
  said.push(`${text.trimEnd()}\n(exit code ${code})`)
}
write(JSON.stringify(said), () => process.exit(0))
