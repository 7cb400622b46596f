/** `pipeline new stage|study NAME`, `pipeline new dataset NAME --from PATH`: a file that works, its test, and its line in pipeline.ts. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, isAbsolute, join, relative, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { whatIsAt } from "../../cache/files.ts"
import { replaceFile } from "../../cache/out-file.ts"
import type { DataError } from "../../data/errors.ts"
import { lookAt } from "../../data/files/look.ts"
import { needDecoders, type PackageUnavailable } from "../../data/packages.ts"
import { projectPath } from "../../graph/paths.ts"
import type { Pipeline } from "../../graph/pipeline.ts"
import { UsageError } from "../errors.ts"
import { attempt, print, tell } from "../output.ts"
import { PIPELINE_FILE } from "../project.ts"
import { dataSetFiles } from "../templates/dataset.ts"
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
      say(written)
    })
  ).pipe(Command.withDescription(what))

function say(written: Written): void {
  for (const path of [...Object.keys(written.files), PIPELINE_FILE]) print(path)
  const test = Object.keys(written.files).find((path) => path.endsWith(".test.ts"))
  tell(`\`npx vitest run ${test}\` tests it (\`npm test\` installs the test runner); ${written.next}`)
}

const from = Flag.String("from").pipe(
  Flag.withDescription(
    "Folder of images or of Parquet files, or a file: .parquet, .npz, .npy, IDX, a table of pixels or of image files; in the project"
  )
)

const makeDataSet = Command.make(
  "dataset",
  { name, from },
  Effect.fn(function* ({ name, from }) {
    const { project, pipeline } = yield* loadPipeline
    const written = yield* Effect.tryPromise({
      try: async () => {
        checkName("dataset", name, pipeline)
        const path = inProject(project, from)
        if (holdsPictures(join(project, path))) needDecoders()
        const looked = await lookAt(project, path)
        if (looked.shape.count < 2)
          throw new UsageError({
            problem: `${path}: expected at least two training images, found ${looked.shape.count}: one is split off for validation`
          })
        const written = dataSetFiles(namedFor(name), looked, path)
        write(project, written)
        tell(`${path}: ${looked.said}`)
        return written
      },
      catch: (error) => error as UsageError | DataError | PackageUnavailable
    })
    say(written)
  })
).pipe(
  Command.withDescription(
    "Looks at a folder or a file of images and writes the data set: its declaration, a test, and its line in pipeline.ts."
  )
)

/** Whether it may be image files, or name some. */
const holdsPictures = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ||
  /\.(parquet|csv|tsv|txt|jsonl|ndjson)$/i.test(path)

/** A path as data sets have it. Throws `UsageError` where it lies elsewhere. */
function inProject(project: string, path: string): string {
  if (whatIsAt(path) === "nothing")
    throw new UsageError({ problem: `--from ${path}: expected a folder or a file, found nothing there` })
  const found = projectPath(relative(project, resolve(path)))
  if (found !== "" && !found.startsWith("..") && !isAbsolute(found)) return found
  const problem = `--from ${path}: expected a folder or a file in the project, ${project}; copy it there, or make a link to it there (ln -s)`
  throw new UsageError({ problem })
}

export const create = Command.make("new").pipe(
  Command.withDescription(
    "Writes a stage, a study or a data set to start from: commented, working, with a test and its line in pipeline.ts."
  ),
  Command.withSubcommands([
    make(
      "stage",
      stageFiles,
      "Writes a stage: its declaration, its compute module, a test, and its line in pipeline.ts."
    ),
    make("study", studyFiles, "Writes a study: its declaration, a test, and its line in pipeline.ts."),
    makeDataSet
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
      throw new UsageError({ problem: `there is a ${what} '${name}' already: choose another name` })
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
  const place = new RegExp(`^( *)(${list}: |const ${list} = )\\[([^\\]]*)\\]`, "m").exec(text)
  const imports = [...text.matchAll(/^import .*$/gm)]
  const last = imports.at(-1)
  if (place === null || last === undefined || new RegExp(`\\b${line.split(" ")[2]}\\b`).test(text)) {
    const problem = `${PIPELINE_FILE}: expected imports and a list \`${list}\` without ${entry}; add it by hand: ${line}, and ${entry} in that list`
    throw new UsageError({ problem })
  }
  const [whole, indent, head, inside] = place
  const entries = [...inside.split(/,(?![^(]*\))/).map((one) => one.trim()), entry].filter((one) => one !== "")
  const flat = `${indent}${head}[${entries.join(", ")}]`
  const listed =
    flat.length < LINE
      ? flat
      : `${indent}${head}[\n${entries.map((one) => `${indent}  ${one}`).join(",\n")}\n${indent}]`
  const path = (statement: string) => /"([^"]+)"/.exec(statement)?.[1] ?? ""
  const after = imports.findLast((one) => path(one[0]) < path(line)) ?? last
  const at = after.index + after[0].length
  return `${text.slice(0, at)}\n${line}${text.slice(at)}`.replace(whole, () => listed)
}
