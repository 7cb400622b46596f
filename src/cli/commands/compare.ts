/** `pipeline compare A B`: what differs between two studies or variants, and whether seeds differ as much. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Verdict } from "../../statistics/verdict.ts"
import { type Comparison, compareTrials, type Difference } from "../../view/compare.ts"
import { scoredNodes, type TrialTable } from "../../view/trials.ts"
import { UsageError } from "../errors.ts"
import { named } from "../hints.ts"
import { attempt, onStderr, onStdout, plural, print, printJson, tell } from "../output.ts"
import { fitted, leftOutNotice, terminalWidth } from "../sheet/fit.ts"
import { rounded, text } from "../sheet/readers.ts"
import { namesOf, readTrials, whereHolds } from "../sheet/trial-sheet.ts"
import { gridFlags, overridesOf, planTargets, withCache, workspaceFlags } from "../workspace.ts"

const side = (name: string) =>
  Argument.String(name).pipe(
    Argument.withDescription("A study or a variant, as `pipeline list` names them: quick, quick@epochs=8; or a glob")
  )

export const compare = Command.make(
  "compare",
  {
    first: side("first"),
    second: side("second"),
    ...workspaceFlags,
    where: gridFlags.where.pipe(Flag.withDescription("Only these trials of both, by any column of `pipeline table`")),
    metric: Flag.String("metric").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDefault("validation.loss"),
      Flag.withDescription("The metric that is told by configuration (default: validation.loss)")
    ),
    over: Flag.String("over").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDefault("seed"),
      Flag.withDescription("The parameter whose spread counts (default: seed)")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
  },
  Effect.fn(function* ({ first, second, where, metric, over, json, ...flags }) {
    yield* withCache(flags, (loaded) =>
      Effect.gen(function* () {
        const tableOf = Effect.fnUntraced(function* (target: string) {
          const workspace = yield* planTargets(loaded, [target], () => overridesOf(flags), { besides: scoredNodes })
          const all = yield* readTrials(workspace)
          const table = yield* attempt<TrialTable, UsageError>(() => whereHolds(all, Option.getOrUndefined(where)))
          if (table.rows.length > 0) return table
          return yield* new UsageError({
            problem: `${target} has no trial with a result: \`pipeline run${named([target])}\` makes them`
          })
        })
        const tables = [yield* tableOf(first), yield* tableOf(second)] as const
        const comparison = yield* attempt<Comparison, UsageError>(() => {
          for (const table of tables) {
            namesOf(table, "--metric", metric)
            namesOf(table, "--over", over)
          }
          return compareTrials(...tables, { over, metric })
        })
        if (json) showJson(comparison, first, second)
        else show(comparison, { first, second, metric, over })
      })
    )
  })
).pipe(
  Command.withDescription(
    "Shows what differs between two studies or variants, in parameters and metrics, and whether that is more than the spread over seeds."
  ),
  Command.withExamples([
    { command: "pipeline compare quick quick@epochs=8", description: "Do twice as many epochs tell?" }
  ])
)

function showJson(
  { parameters, metrics, configurations, pairs, same, alone }: Comparison,
  first: string,
  second: string
) {
  const flat = ({ interval, verdict, ...rest }: Difference) => ({
    ...rest,
    interval: interval === undefined ? null : [interval.low, interval.high],
    verdict: words(verdict, rest.seeds)
  })
  for (const one of parameters) printJson({ type: "parameter", ...one })
  for (const one of metrics) printJson({ type: "metric", ...flat(one) })
  for (const one of configurations) printJson({ type: "configuration", ...flat(one), at: one.at })
  printJson({ type: "end", first, second, pairs, same, alone })
}

interface Shown {
  readonly first: string
  readonly second: string
  readonly metric: string
  readonly over: string
}

function show(comparison: Comparison, { first, second, metric, over }: Shown): void {
  const { parameters, metrics, configurations, pairs, same, alone } = comparison
  const section = (title: string, columns: ReadonlyArray<string>, rows: Parameters<typeof text>[0]["rows"]) => {
    if (rows.length === 0) return
    const width = terminalWidth()
    const { sheet, left } = fitted({ columns, rows }, width, [`by ${over}`, `${over}s`, "first", "second", "95 %"])
    print(`${onStdout("bold", title)}\n${text(sheet)}`)
    if (left.length > 0) tell(onStderr("gray", leftOutNotice(left, width!, "A pipe and --json have all.")))
  }
  section(
    "parameters",
    ["", first, second],
    parameters.map(({ name, values }) => [name, ...values])
  )
  const cells = (one: Difference) => [
    one.means[0],
    one.means[1],
    signed(one.difference),
    one.interval === undefined ? null : `${signed(one.interval.low)} … ${signed(one.interval.high)}`,
    `${signed(one.least)} … ${signed(one.most)}`,
    one.seeds,
    words(one.verdict, one.seeds)
  ]
  const heads = ["first", "second", "difference", "95 %", `by ${over}`, `${over}s`, ""]
  section(
    `metrics, means over ${plural(pairs, "pair")} of trials`,
    ["", ...heads],
    metrics.map((one) => [one.metric, ...cells(one)])
  )
  const axes = Object.keys(configurations[0]?.at ?? {})
  if (axes.length > 0)
    section(
      `${metric} by configuration`,
      [...axes, ...heads],
      configurations.map((one) => [...axes.map((axis) => one.at[axis]), ...cells(one)])
    )
  if (pairs === 0)
    print("no trial of the one has a partner in the other: they differ in more than what is the same in all of each")
  else if (metrics.length === 0) print("no metric differs")
  if (same > 0) tell(`${plural(same, "trial")} are one and the same in both`)
  const [a, b] = alone
  if (a + b > 0)
    tell(
      `without a partner: ${plural(a, "trial")} of ${first}, ${b} of ${second} (\`pipeline table${named([second])}\`)`
    )
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${rounded(value)}`

function words(verdict: Verdict, seeds: number): string {
  switch (verdict.kind) {
    case "equal":
    case "different, within the margin":
      return "no more than nothing"
    case "different":
    case "different, by an open amount":
      return `${verdict.sign > 0 ? "more" : "less"}, beyond the spread over seeds`
    case "open": {
      const { why } = verdict
      if (why.reason === "few seeds") return `open: ${seeds} of the ${why.needs} seeds that can tell`
      if (why.reason === "family") return `open: among so many comparisons ${why.needs} seeds are needed`
      if (why.reason === "correction") return "open: not beyond the spread, as one of so many comparisons"
      if (why.reason === "no interval" || why.reason === "coverage") return "open: no interval"
      return "not beyond the spread over seeds"
    }
  }
}
