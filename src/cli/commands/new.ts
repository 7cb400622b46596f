/** `pipeline new stage NAME`, `pipeline new study NAME`: a file that works, its test, and its line in pipeline.ts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { replaceFile } from "../../cache/out-file.ts"
import type { Pipeline } from "../../graph/pipeline.ts"
import { UsageError } from "../errors.ts"
import { attempt, print, tell } from "../output.ts"
import { PIPELINE_FILE } from "../project.ts"
import { stageFiles } from "../templates/stage.ts"
import { studyFiles } from "../templates/study.ts"
import type { Named, Written } from "../templates/written.ts"
import { loadPipeline } from "../workspace.ts"

const name = Argument.String("name").pipe(
  Argument.withDescription("Lower-case letters, digits and '-', as in class-counts")
)

const make = (kind: "stage" | "study", filesOf: (named: Named) => Written, what: string) =>
  Command.make(
    kind,
    { name },
    Effect.fn(function* ({ name }) {
      const { project, pipeline } = yield* loadPipeline
      const written = yield* attempt<Written, UsageError>(() => {
        checkName(kind, name, pipeline)
        const written = filesOf(namedFor(name))
        write(project, written)
        return written
      })
      for (const path of [...Object.keys(written.files), PIPELINE_FILE]) print(path)
      const test = Object.keys(written.files).find((path) => path.endsWith(".test.ts"))
      tell(`\`npx vitest run ${test}\` tests it (\`npm test\` installs the test runner); ${written.next}`)
    })
  ).pipe(Command.withDescription(what))

export const create = Command.make("new").pipe(
  Command.withDescription(
    "Writes a stage or a study to start from: commented, working, with a test and its line in pipeline.ts."
  ),
  Command.withSubcommands([
    make(
      "stage",
      stageFiles,
      "Writes a stage: its declaration, its compute module, a test, and its line in pipeline.ts."
    ),
    make("study", studyFiles, "Writes a study: its declaration, a test, and its line in pipeline.ts.")
  ])
)

/** Throws `UsageError`. */
function checkName(kind: string, name: string, { stages, studies, datasets }: Pipeline): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    const problem = `pipeline new ${kind} ${name}: expected a name of lower-case letters, digits and single '-', beginning with a letter, as in class-counts`
    throw new UsageError({ problem })
  }
  const taken = (some: ReadonlyArray<{ readonly name: string }>, what: string) => {
    if (some.some((one) => one.name === name))
      throw new UsageError({ problem: `there is a ${what} '${name}' already: a name means one thing` })
  }
  taken(stages, "stage")
  taken(studies, "study")
  taken(datasets, "data set")
}

/** Words that no variable may be called. */
const RESERVED = new Set(
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof let new null return static super switch this throw true try typeof var void while with yield await datasets".split(
    " "
  )
)

function namedFor(name: string): Named {
  const camel = name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const ident = RESERVED.has(camel) ? `${camel}_` : camel
  return { name, ident, type: `${camel[0].toUpperCase()}${camel.slice(1)}` }
}

/** All files or none. Throws `UsageError` where one is there, or pipeline.ts is not written as it was. */
function write(project: string, written: Written): void {
  const paths = Object.keys(written.files)
  const present = paths.find((path) => existsSync(join(project, path)))
  if (present !== undefined) throw new UsageError({ problem: `${present} is there already; nothing was written` })
  const path = join(project, PIPELINE_FILE)
  const text = withEntry(readFileSync(path, "utf8"), written)
  for (const [path, content] of Object.entries(written.files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), content, { flag: "wx" })
  }
  replaceFile(path, text)
}

/** Longest line of the project's files. */
const LINE = 120

/** pipeline.ts with one more import and one more entry in a list. Throws `UsageError`. */
function withEntry(text: string, { list, import: line, entry }: Written): string {
  const place = new RegExp(`^( *)${list}: \\[([^\\]]*)\\]`, "m").exec(text)
  const imports = [...text.matchAll(/^import .*$/gm)]
  const last = imports.at(-1)
  if (place === null || last === undefined || new RegExp(`\\b${line.split(" ")[2]}\\b`).test(text)) {
    const problem = `${PIPELINE_FILE}: expected imports and a list \`${list}: […]\` without ${entry}; add it by hand: ${line}, and ${entry} in that list`
    throw new UsageError({ problem })
  }
  const [whole, indent, inside] = place
  const entries = [...inside.split(/,(?![^(]*\))/).map((one) => one.trim()), entry].filter((one) => one !== "")
  const flat = `${indent}${list}: [${entries.join(", ")}]`
  const listed =
    flat.length < LINE
      ? flat
      : `${indent}${list}: [\n${entries.map((one) => `${indent}  ${one}`).join(",\n")}\n${indent}]`
  const path = (statement: string) => /"([^"]+)"/.exec(statement)?.[1] ?? ""
  const after = imports.findLast((one) => path(one[0]) < path(line) && path(one[0]).startsWith(`./${list}/`)) ?? last
  const at = after.index + after[0].length
  return `${text.slice(0, at)}\n${line}${text.slice(at)}`.replace(whole, () => listed)
}
