/** `pipeline data NAME`: the page about a data set, and what it says in short. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { Artifacts } from "../../cache/artifacts.ts"
import type { Node } from "../../graph/graph.ts"
import { nearest } from "../../graph/nearest.ts"
import { select } from "../../graph/pipeline.ts"
import { knownOutputs } from "../../graph/plan.ts"
import { type DataSummary, readSummary, SUMMARY } from "../../results/survey.ts"
import { dataDirOf } from "../data-dir.ts"
import { UsageError } from "../errors.ts"
import { readGpus } from "../gpus.ts"
import { jobsFlag, jobsOf } from "../jobs.ts"
import { attempt, onStdout, plural, print, printJson } from "../output.ts"
import { planTargets, withCache, workspaceFlags } from "../workspace.ts"
import { runPlan } from "./run.ts"

export const data = Command.make(
  "data",
  {
    names: Argument.String("name").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("Data sets (`pipeline list` shows them)")
    ),
    cache: workspaceFlags.cache,
    rehash: workspaceFlags.rehash,
    jobs: jobsFlag,
    dataDir: workspaceFlags.dataDir,
    json: Flag.Boolean("json").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Prints one JSON object for each data set")
    )
  },
  Effect.fn(function* (flags) {
    const jobs = yield* jobsOf(flags.jobs)
    const begin = performance.now() - process.uptime() * 1000
    yield* withCache(flags, (loaded) =>
      Effect.gen(function* () {
        const pages = yield* attempt<ReadonlyArray<string>, UsageError>(() =>
          flags.names.map((name) => pageOf(loaded.pipeline, name))
        )
        const hints = yield* attempt<{ readonly dataDir?: string }, UsageError>(() =>
          dataDirOf(Option.getOrUndefined(flags.dataDir))
        )
        const planned = yield* planTargets(loaded, pages, () => ({}))
        yield* runPlan(planned, {
          jobs,
          hints,
          begin,
          gpus: readGpus(undefined, undefined),
          limit: undefined,
          failFast: false,
          maxFailures: 1,
          notify: undefined,
          told: "progress"
        })
        const { plan, selection } = yield* planTargets(loaded, pages, () => ({}))
        const artifacts = yield* Artifacts
        for (const page of pages) {
          const node = selection.graph.byName.get(page)!
          const digest = knownOutputs(plan.decisions[node.index]!)?.[SUMMARY]?.digest
          if (digest === undefined) continue
          const bytes = () => Result.getOrThrow(artifacts.read(digest))
          show(node, readSummary({ node: page, output: SUMMARY, bytes }), flags.json)
        }
      })
    )
  })
).pipe(
  Command.withDescription(
    "Looks at data sets before they are trusted: classes, values, images that are alike, within training and test set and between them; writes a page about each."
  ),
  Command.withExamples([{ command: "pipeline data cifar10", description: "A summary here, and reports/data/cifar10/" }])
)

type Pipeline = Parameters<typeof select>[0]

/** The name of the node that makes a data set's page. Throws `UsageError`, or what `select` throws of unknown names. */
function pageOf(pipeline: Pipeline, name: string): string {
  const page = pipeline.datasets.find((dataset) => dataset.name === name)?.page?.()
  if (page !== undefined) return `${page.stage.name}/${page.label}`
  // A name that is refused says why.
  if (Object.hasOwn(pipeline.refused ?? {}, name)) select(pipeline, [name])
  const names = pipeline.datasets.map((dataset) => dataset.name)
  const suggestions = nearest(name, names).map((one) => `'${one}'`)
  const help = suggestions.length > 0 ? `Did you mean ${suggestions.join(" or ")}?` : `There are ${names.join(", ")}.`
  throw new UsageError({ problem: `no data set is called '${name}'. ${help}` })
}

function show(node: Node, summary: DataSummary, json: boolean): void {
  const folder = node.publish
  if (json) {
    printJson({ type: "data", ...summary, page: `${folder}/index.html` })
    return
  }
  const { dataset, title, train, test, equal, near, conflicts } = summary
  const line = (what: string, text: string) => print(`  ${what.padEnd(20)}${text}`)
  const sets = test === null ? "" : `, ${plural(test.count, "test image")}`
  print(`${onStdout("bold", dataset)}  ${title}`)
  line("images", `${plural(train.count, "training image")}${sets}`)
  line("size", `${summary.channels}×${summary.height}×${summary.width} (channels × height × width)`)
  line("classes", `${summary.names.length}; ${range(train.classes)} training images each`)
  line(
    "mean, deviation",
    train.means.map((mean, i) => `${mean.toFixed(4)}, ${train.deviations[i].toFixed(4)}`).join("; ")
  )
  line("of one colour", two(train.constant, test?.constant))
  line("equal", alike(equal, test !== null))
  line("nearly equal", alike(near, test !== null))
  line(
    "labels in conflict",
    conflicts.groups === 0
      ? "none"
      : `${plural(conflicts.groups, "group")} of equal images, ${plural(conflicts.images, "image")}`
  )
  print(`${folder}/index.html`)
}

const number = (value: number) => value.toLocaleString("en-US")

function range(counts: ReadonlyArray<number>): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? number(least) : `${number(least)} to ${number(most)}`
}

const two = (train: number, test: number | undefined): string =>
  test === undefined ? number(train) : `${number(train)} in training, ${number(test)} in the test set`

const alike = ({ train, test, between }: DataSummary["equal"], hasTest: boolean): string =>
  hasTest ? `${two(train, test)}; ${plural(between, "test image")} with one in training` : number(train)
