/** What Effect's parser says of a command line, in the words that were typed: one sentence for one fault. */
import type { CliError } from "effect/cli/CliError"
import { hint } from "../graph/nearest.ts"

/** Faults that are told, of `pipeline run` say: what follows from another one is not. */
export function faultsOf(errors: ReadonlyArray<CliError>, command: string): ReadonlyArray<string> {
  // Of a command that there is not, no flag is known either.
  const commands = errors.filter(({ _tag }) => _tag === "UnknownSubcommand")
  return [...new Set((commands.length > 0 ? commands : errors).map((error) => sentence(error, command)))]
}

function sentence(error: CliError, command: string): string {
  switch (error._tag) {
    case "UnknownSubcommand": {
      const [, ...parents] = error.parent ?? []
      const typed = [...parents, error.subcommand].join(" ")
      return `there is no command '${typed}'. ${hint(error.suggestions)}`.trim()
    }
    case "UnrecognizedOption":
      return `'${command}' has no flag ${error.option}. ${hint(error.suggestions)}`.trim()
    case "MissingArgument":
      return `'${command}' needs ${error.argument.toUpperCase()}`
    case "MissingOption":
      return `'${command}' needs --${error.option}`
    case "UnexpectedArgument":
      return `'${command}' takes no ${error.arguments.map((one) => `'${one}'`).join(", ")} there`
    case "InvalidValue": {
      const what = error.kind === "flag" ? `--${error.option} ${error.value}` : `'${error.value}'`
      return `${what.trim()}: expected ${expectedOf(error.expected)}`
    }
    default:
      return error.message
  }
}

/** `Expected: "a" | "b"`, `Expected a string representing a finite number`, `string`, `a | b`. */
function expectedOf(text: string): string {
  const plain = text.replace(/^Expected:? /, "").replaceAll('"', "")
  if (plain.includes(" | ")) return `one of ${plain.replaceAll(" | ", ", ")}`
  return plain === "a string representing a finite number" ? "a number" : plain === "string" ? "a value" : plain
}
