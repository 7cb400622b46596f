/**
 * What the Tab key offers: commands and flags, and the names of the project: studies, settings, data sets, stages, nodes,
 * engines. The shell asks this program, by its path, so that it serves `pipeline` and `npx pipeline` alike.
 */
import { fileURLToPath } from "node:url"
import { ENGINES } from "../engine/engines.ts"
import { type Pipeline, select } from "../graph/pipeline.ts"
import { load } from "./load.ts"
import { projectAbove } from "./project.ts"
import { flagsOf, isDescribed } from "./typed.ts"

/** What a shell calls to ask. */
export const COMPLETE = "complete"

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const launcher = fileURLToPath(new URL("./launch.js", import.meta.url))
/** Asks this program, with the line as the shell has it in `$line`. */
const asked = `${quoted(process.execPath)} ${quoted(launcher)} ${COMPLETE} "$line" 2>/dev/null`

/** For zsh by its bash completions. */
const bash = (
  shell: "bash" | "zsh"
) => `${shell === "zsh" ? "autoload -Uz compinit bashcompinit && compinit && bashcompinit\n" : ""}# pipeline --completions ${shell} >> ~/.${shell}rc
_pipeline() {
  local line="\${COMP_LINE:0:$COMP_POINT}"
  local cur="\${line##* }"
  if [[ "$line" == npx\\ * ]]; then line="\${line#npx }"; fi
  if [[ "$line" != pipeline\\ * ]]; then return; fi
  local IFS=$'\\n'
  COMPREPLY=($(${asked}))
  # The shell takes a word to begin anew at each = and :
  local head="\${cur%"\${cur##*[=:]}"}"
  COMPREPLY=("\${COMPREPLY[@]#"$head"}")
}
complete -o default -o nospace -F _pipeline pipeline npx`

const fish = `# pipeline --completions fish >> ~/.config/fish/config.fish
function __pipeline_complete
  set -l line (string replace -r '^npx +' '' -- (commandline -cp))
  string match -q 'pipeline *' -- $line; or return
  # The shell itself puts a space after what is whole.
  set -l found (${asked} | string trim -r)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c pipeline -f -a '(__pipeline_complete)'
complete -c npx -a '(__pipeline_complete)'`

/** The script for a shell; undefined for others, which get what Effect makes: commands and flags. */
export function scriptFor(shell: string | undefined): string | undefined {
  if (shell === "bash" || shell === "zsh") return bash(shell)
  return shell === "fish" ? fish : undefined
}

/** Commands whose targets may be any name of the project; those of the others are nodes. */
const OF_ALL = ["run", "plan", "status", "graph", "table", "accept", "push", "pull"]
const OF_NODES = ["why", "show", "logs", "get"]

/** What may follow a line that begins with `pipeline`; `root`: the command line as Effect has it. */
export async function complete(root: unknown, line: string): Promise<ReadonlyArray<string>> {
  const words = line.split(/ +/).slice(1)
  const current = words.pop() ?? ""
  const before = words.at(-1)
  let command = root
  for (const word of words) {
    if (!isDescribed(command)) break
    command =
      command.subcommands.flatMap(({ commands }) => commands).find((one) => isDescribed(one) && one.name === word) ??
      command
  }
  if (!isDescribed(command)) return []
  const subcommands = command.subcommands.flatMap(({ commands }) => commands).filter(isDescribed)
  const flags = [...flagsOf(command).keys()].filter((flag) => flag.startsWith("--") && !flag.startsWith("--no-"))
  const offered = async (): Promise<ReadonlyArray<string>> => {
    if (before === "--engine") return [...ENGINES, "auto"].map((name) => `${name} `)
    if (before === "--set") return settingsOf(await pipelineHere())
    if (before?.startsWith("--") && flagsOf(command).get(before) !== undefined) return []
    if (current.startsWith("-")) return flags.map((flag) => `${flag} `)
    if (subcommands.length > 0) return subcommands.map(({ name }) => `${name} `)
    const { name } = command
    if (name === "data") return (await pipelineHere()).datasets.map((dataset) => `${dataset.name} `)
    if (!OF_ALL.includes(name) && !OF_NODES.includes(name)) return []
    return targetsOf(await pipelineHere(), current, OF_ALL.includes(name))
  }
  return [...new Set(await offered())].filter((one) => one.startsWith(current))
}

async function pipelineHere(): Promise<Pipeline> {
  const project = projectAbove(process.cwd())
  if (project === undefined) throw new Error("no project")
  return load(project)
}

const settingsOf = ({ studies }: Pipeline) =>
  studies.flatMap(({ name, values }) =>
    Object.keys(values).flatMap((setting) => [`${setting}=`, `${name}.${setting}=`])
  )

/** Before a '/', names of groups; after it, nodes: of the default studies, or of all if those have none that begins so. */
function targetsOf(pipeline: Pipeline, current: string, groups: boolean): ReadonlyArray<string> {
  const { studies, datasets, stages } = pipeline
  if (!current.includes("/")) {
    const names = groups ? [...studies, ...datasets].map(({ name }) => `${name} `) : []
    return [...names, ...stages.map(({ name }) => `${name}/`)]
  }
  for (const targets of [[], studies.map(({ name }) => name)]) {
    const names = select(pipeline, targets).graph.nodes.map(({ name }) => name)
    const fitting = names.filter((name) => name.startsWith(current))
    if (fitting.length > 0) return fitting
  }
  return []
}
