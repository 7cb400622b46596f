/** `pipeline table`: trials as rows, or means of them, for the terminal, a paper, or another program. */
import { dirname, extname } from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FileUnwritable, problemOf } from "../../cache/errors.ts"
import { makeFolders } from "../../cache/files.ts"
import { isStdout, writeOut } from "../../cache/out-file.ts"
import { pivotOf, WouldMerge } from "../../view/pivot.ts"
import { scoredNodes, type TrialTable } from "../../view/trials.ts"
import { UsageError } from "../errors.ts"
import { named } from "../hints.ts"
import { attempt, onStderr, plural, print, tell } from "../output.ts"
import { fitted, leftOutNotice, terminalWidth, widthOf } from "../sheet/fit.ts"
import { narrowPivot, pivotSheet } from "../sheet/pivot-sheet.ts"
import { EXTENSIONS, FORMATS, type Format, isForPeople, type Sheet } from "../sheet/sheet.ts"
import { namesOf, pick, readTrials, sameInAll, sortedBy, whereHolds } from "../sheet/trial-sheet.ts"
import { write } from "../sheet/write.ts"
import { gridFlags, targets, withPlan, workspaceFlags } from "../workspace.ts"

const list = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.optional, Flag.withDescription(description))

export const table = Command.make(
  "table",
  {
    targets,
    ...workspaceFlags,
    where: gridFlags.where.pipe(
      Flag.withDescription("Only these trials, by any column: --where 'filters<=4 && validation.accuracy>0.9'")
    ),
    format: list("format", "FORMAT", `${FORMATS.join(", ")} (default: what --out's name says, or text)`),
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("FILE"),
      Flag.optional,
      Flag.withDescription("File to write: .csv, .parquet, .jsonl, .md, .tex; '-' for stdout, which is the default")
    ),
    columns: list("columns", "NAMES", "Only these columns, in this order: --columns 'layers,seed,validation.*'"),
    differing: Flag.Boolean("differing").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Leaves out columns that say the same of every trial, as text, Markdown and LaTeX do anyway")
    ),
    sort: list("sort", "NAMES", "Sorts by these columns, the least first; --sort -validation.accuracy: the most first"),
    rows: list("rows", "NAMES", "A pivot instead: one row for each value of these parameters"),
    cols: list("cols", "NAMES", "And one column for each value of these"),
    metric: list("metric", "NAME", "What the pivot shows, as in --metric validation.loss"),
    over: list("over", "NAMES", "What the pivot averages over, as in --over seed; nothing else is averaged"),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Short for --format jsonl"))
  },
  Effect.fn(function* (flags) {
    const format = yield* attempt<Format, UsageError>(() => formatOf(flags))
    const axes = yield* attempt<ReturnType<typeof pivotAxes>, UsageError>(() => pivotAxes(flags))
    const { where, ...rest } = flags
    yield* withPlan(
      flags.targets,
      rest,
      (workspace) =>
        Effect.gen(function* () {
          const all = yield* readTrials(workspace)
          const kept = yield* attempt<TrialTable, UsageError>(() => whereHolds(all, Option.getOrUndefined(where)))
          const out = Option.getOrUndefined(flags.out)
          const width = format === "text" && out === undefined ? terminalWidth() : undefined
          const { sheet, notice } = yield* attempt<Made, UsageError>(() =>
            axes === undefined ? trialSheet(kept, flags, format, width) : pivotedSheet(kept, axes, format, width)
          )
          tellOfThose(kept, flags.targets)
          if (notice !== undefined) tell(onStderr("gray", notice))
          yield* hand(sheet, format, out)
        }),
      scoredNodes
    )
  })
).pipe(
  Command.withDescription(
    "Shows trials as rows: parameters, metrics, seconds, memory, numeric class and key; or means of them as a pivot."
  ),
  Command.withExamples([
    { command: "pipeline table quick --sort -validation.accuracy", description: "The best trial first" },
    { command: "pipeline table paper --out paper.parquet", description: "Everything, for pandas" },
    {
      command: "pipeline table quick --rows layers,filters --cols architecture --metric validation.loss --over seed",
      description: "Mean ± standard error, number, least and most"
    }
  ])
)

interface Flags {
  readonly format: Option.Option<string>
  readonly out: Option.Option<string>
  readonly json: boolean
  readonly columns: Option.Option<string>
  readonly differing: boolean
  readonly sort: Option.Option<string>
  readonly rows: Option.Option<string>
  readonly cols: Option.Option<string>
  readonly metric: Option.Option<string>
  readonly over: Option.Option<string>
}

/** Throws `UsageError`. */
function formatOf({ format, out, json }: Pick<Flags, "format" | "out" | "json">): Format {
  const asked = Option.getOrUndefined(format) ?? (json ? "jsonl" : undefined)
  const file = Option.getOrUndefined(out)
  if (asked === undefined) {
    if (file === undefined || isStdout(file)) return "text"
    const extension = extname(file).slice(1).toLowerCase()
    if (Object.hasOwn(EXTENSIONS, extension)) return EXTENSIONS[extension]
    throw new UsageError({
      problem: `--out ${file}: its name says no format: expected one that ends in ${Object.keys(EXTENSIONS)
        .map((one) => `.${one}`)
        .join(", ")}, or --format`
    })
  }
  const known = FORMATS.find((one) => one === asked) ?? EXTENSIONS[Object.hasOwn(EXTENSIONS, asked) ? asked : ""]
  if (known === undefined) throw new UsageError({ problem: `--format ${asked}: expected one of ${FORMATS.join(", ")}` })
  if (known === "parquet" && (file === undefined || isStdout(file)) && process.stdout.isTTY)
    throw new UsageError({ problem: "--format parquet cannot be shown in a terminal: name a file with --out" })
  return known
}

const namesIn = (flag: Option.Option<string>): ReadonlyArray<string> =>
  Option.match(flag, {
    onNone: () => [],
    onSome: (text) =>
      text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
  })

/** What a pivot was asked for; undefined if none was. Throws `UsageError`. */
function pivotAxes({ rows, cols, metric, over, columns, sort, differing }: Flags) {
  const [down, across, averaged] = [rows, cols, over].map(namesIn)
  const isAsked = [rows, cols, metric, over].some(Option.isSome)
  if (!isAsked) return undefined
  if (Option.isNone(metric))
    throw new UsageError({ problem: "a pivot needs --metric NAME, as in --metric validation.loss" })
  if (down.length === 0) throw new UsageError({ problem: "a pivot needs --rows NAMES, as in --rows layers" })
  if (Option.isSome(columns) || Option.isSome(sort) || differing)
    throw new UsageError({ problem: "--columns, --sort and --differing are for trials as rows: a pivot has its own" })
  return { rows: down, cols: across, over: averaged, metric: metric.value }
}

/** Throws `UsageError`. */
function pivoted(table: TrialTable, axes: NonNullable<ReturnType<typeof pivotAxes>>) {
  const { rows, cols, over, metric } = axes
  const flags = { "--rows": rows, "--cols": cols, "--over": over, "--metric": [metric] }
  for (const [flag, names] of Object.entries(flags)) for (const name of names) namesOf(table, flag, name)
  const twice = [...rows, ...cols, ...over].find((name, i, all) => all.indexOf(name) !== i)
  if (twice !== undefined)
    throw new UsageError({ problem: `'${twice}' is named twice: of --rows, --cols and --over, one takes it` })
  try {
    return pivotOf(table, axes)
  } catch (error) {
    if (!(error instanceof WouldMerge)) throw error
    const [{ name, values }] = error.differing
    const some = values.slice(0, 3).map(String).join(", ")
    const others = error.differing.slice(1).map((one) => one.name)
    const too = others.length === 0 ? "" : `, and in ${others.join(", ")}`
    throw new UsageError({
      problem: `${error.cell}: its trials differ in ${name} (${some}${values.length > 3 ? ", …" : ""})${too}, and nothing is averaged that is not named: put that under --over, --rows or --cols, or choose with --where`
    })
  }
}

/** A table as it is shown, and what is to be said of what is not. */
interface Made {
  readonly sheet: Sheet
  readonly notice: string | undefined
}

/** Throws `UsageError`. */
function pivotedSheet(
  table: TrialTable,
  axes: NonNullable<ReturnType<typeof pivotAxes>>,
  format: Format,
  width: number | undefined
): Made {
  const pivot = pivoted(table, axes)
  const sheet = pivotSheet(pivot, format)
  if (width === undefined || widthOf(sheet) <= width) return { sheet, notice: undefined }
  const notice = `each cell's number, least and most left out, for which ${width} characters have no room. --out FILE has all.`
  return { sheet: narrowPivot(pivot), notice }
}

/** Throws `UsageError`. */
function trialSheet(table: TrialTable, flags: Flags, format: Format, width: number | undefined): Made {
  const sorted = sortedBy(table, namesIn(flags.sort))
  const asked = namesIn(flags.columns)
  if (asked.length > 0) {
    const names = asked.flatMap((name) => namesOf(table, "--columns", name))
    return { sheet: pick(sorted, [...new Set(names)]), notice: undefined }
  }
  const people = isForPeople(format)
  const names = table.columns.map(({ name }) => name)
  if (!people && !flags.differing) return { sheet: pick(sorted, names), notice: undefined }
  const same = sameInAll(table)
  if (people && format === "text") {
    const told = table.columns.flatMap(({ kind, name }) => {
      const value = kind === "parameter" ? same.get(name) : undefined
      return value === undefined || value === null ? [] : `${name} ${value}`
    })
    if (told.length > 0) tell(onStderr("gray", `the same in all of them: ${told.join(", ")}`))
  }
  // A person finds the trial by its key; name and date are in `show`.
  const left = names.filter((name) => !same.has(name) && !(people && ["node", "finished"].includes(name)))
  const whole = pick(sorted, left, people ? { key: 12 } : {})
  const fit = fitted(whole, width, dispensable(table, namesIn(flags.sort)))
  const help = "--columns NAMES chooses them, --out FILE has all."
  const notice = fit.left.length === 0 ? undefined : leftOutNotice(fit.left, width!, help)
  return { sheet: fit.sheet, notice }
}

/** What a narrow terminal can do without, the first first: where a trial comes from, other metrics, other parameters. */
function dispensable({ columns }: TrialTable, sorting: ReadonlyArray<string>): ReadonlyArray<string> {
  const of = (...kinds: ReadonlyArray<string>) =>
    columns.flatMap(({ kind, name }) =>
      kinds.includes(kind) && !sorting.some((one) => one.replace(/^-/, "") === name) ? name : []
    )
  return [...of("origin").toReversed(), ...of("metric").slice(0, -1), ...of("parameter").slice(1).toReversed()]
}

/** How many trials there are, and how many more there might be. */
function tellOfThose({ rows, without }: TrialTable, asked: ReadonlyArray<string>): void {
  const parts = [
    [without.missing, "have no result yet"],
    [without.stale, "are no longer up to date"],
    [without.failed, "failed"],
    [without.absent, "have metrics that are here by digest alone"]
  ] as const
  const not = parts.flatMap(([count, what]) => (count === 0 ? [] : `${count.toLocaleString("en-US")} ${what}`))
  const rest = not.length === 0 ? "" : `; not shown: ${not.join(", ")} (\`pipeline status${named(asked)}\`)`
  tell(`${plural(rows.length, "trial")}${rest}`)
}

const hand = (sheet: Sheet, format: Format, out: string | undefined) =>
  Effect.gen(function* () {
    const bytes = yield* Effect.promise(() => write(sheet, format))
    if (out === undefined || isStdout(out)) return void process.stdout.write(bytes)
    yield* Effect.try({
      try: () => {
        makeFolders(dirname(out))
        writeOut(out, bytes)
      },
      catch: (error) => new FileUnwritable({ path: out, problem: problemOf(error) })
    })
    print(out)
  })
