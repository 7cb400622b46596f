/** Commands of a cluster, as the system has them on its PATH: sbatch, squeue, scancel, scontrol, ssh. */
import { execFile } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A command of the cluster that could not be run, or did not do what it was asked to. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  command: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `\`${this.command}\` failed: ${this.problem}`
  }
}

/** One that answers later than this is taken not to answer. */
const PATIENCE_MS = 60_000
const MOST_BYTES = 64 << 20

/** Runs a command to its end and gives what it printed. */
export const runCommand = (command: string, args: ReadonlyArray<string>): Effect.Effect<string, CommandFailed> =>
  Effect.callback<string, CommandFailed>((resume) => {
    const child = execFile(
      command,
      args,
      { encoding: "utf8", timeout: PATIENCE_MS, maxBuffer: MOST_BYTES },
      (error, stdout, stderr) => {
        if (error === null) return resume(Effect.succeed(stdout))
        const { code, killed } = error as { readonly code?: number | string; readonly killed?: boolean }
        const said = stderr.trim().split("\n").filter(Boolean)
        const problem =
          code === "ENOENT"
            ? "there is no such command here"
            : killed
              ? `no answer within ${PATIENCE_MS / 1000} s`
              : said.slice(-3).join("; ") || `it ended with ${code}`
        resume(Effect.fail(new CommandFailed({ command: brief(command, args), problem })))
      }
    )
    return Effect.sync(() => void child.kill())
  })

const brief = (command: string, args: ReadonlyArray<string>): string => {
  const line = [command, ...args].join(" ").replace(/\s+/g, " ")
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`
}

/** A word as a shell takes it for one. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
