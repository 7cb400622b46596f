/** `pipeline show NODE`: where a result comes from: code, parameters, inputs back to the data, machine and time. */
import { relative } from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Cache } from "../../cache/cache.ts"
import { digestsIn } from "../../graph/collection.ts"
import { byDigestAlone, knownOutputs } from "../../graph/plan.ts"
import type { Trace } from "../../graph/trace.ts"
import { logPath } from "../../run/logs.ts"
import { UsageError } from "../errors.ts"
import { named, pasteable } from "../hints.ts"
import { nodeArgument, theNode } from "../node.ts"
import { onStdout, plural, print, printJson, seconds } from "../output.ts"
import { withPlan, workspaceFlags } from "../workspace.ts"

export const show = Command.make(
  "show",
  {
    node: nodeArgument,
    ...workspaceFlags,
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan([flags.node], flags, (workspace) =>
      Effect.gen(function* () {
        const node = yield* theNode(workspace, flags.node)
        const cache = yield* Cache
        const decision = workspace.plan.decisions[node.index]!
        const key = knownOutputs(decision) === undefined ? undefined : decision.key
        const trace = key === undefined ? cache.traces.ofNode(node)[0] : cache.traces.get(key)
        if (trace === undefined)
          return yield* new UsageError({
            problem: `${node.name} has no result yet; \`pipeline run '${node.name}'\` makes it`
          })
        const code = cache.codeParts(trace.code) ?? {}
        const observations = cache.traces.observations(trace.key)
        const absent = byDigestAlone(trace.outputs, workspace.knowledge)
        if (flags.json)
          return printJson({
            type: "trace",
            ...trace,
            current: key !== undefined,
            absent,
            codeParts: code,
            observations
          })
        print(onStdout("bold", node.name))
        if (key === undefined)
          print(
            onStdout(
              "yellow",
              pasteable(
                `no longer up to date: this is its latest result (\`pipeline why${named([node.name])}\` says what changed)`
              )
            )
          )
        print(`key          ${trace.key}`)
        section(
          "parameters",
          Object.entries(JSON.parse(trace.parameters) as Record<string, unknown>).map(([name, value]) => [
            name,
            brief(JSON.stringify(value))
          ])
        )
        section("inputs", inputLines(trace))
        section(
          "files",
          Object.entries(trace.files)
            .slice(0, 20)
            .map(([path, digest]) => [path, digest])
        )
        section("code", [
          ["digest", trace.code],
          ...Object.entries(code)
            .filter(([part]) => !part.includes("#"))
            .map(([part, digest]) => [part.replace(/^(file|package):/, ""), brief(digest)] as const)
        ])
        if (trace.numericClass !== null) print(`numeric class  ${trace.numericClass}`)
        section("outputs", outputLines(trace.outputs, absent))
        const {
          finished,
          seconds: took,
          threads = 1,
          together = 1,
          host,
          cpu,
          platform,
          node: version,
          device = {}
        } = trace.circumstances
        section("made", [
          ["when", finished],
          ["in", `${seconds(took)}${threads === 1 ? "" : ` on ${threads} threads`}`],
          ...(together === 1
            ? []
            : [["with", `${together - 1} others in one computation; that is its share`] as const]),
          ["on", `${host}, ${cpu}, ${platform}, Node ${version}`],
          ...Object.entries(device),
          ["log", relative(process.cwd(), logPath(cache.logs, trace.name))]
        ])
        const { adopted } = trace
        if (adopted !== undefined) {
          section("adopted", [
            ["when", adopted.accepted],
            ["from", `${adopted.key}, made by the code ${adopted.code}`],
            ["because", `the same bytes came again of ${adopted.sample.join(", ")}`]
          ])
        }
        if (observations.length > 0)
          print(
            onStdout(
              "yellow",
              `${plural(observations.length, "later run")} under this key gave other bytes; the first result counts`
            )
          )
        for (const [i, outputs] of observations.entries()) section(`observation ${i + 1}`, outputLines(outputs))
      })
    )
  })
).pipe(Command.withDescription("Shows where a result comes from: code, parameters, inputs, machine and time."))

function inputLines(trace: Trace): ReadonlyArray<readonly [string, string]> {
  return Object.entries(trace.inputs).map(([name, digest]) =>
    typeof digest === "string"
      ? [name, `${digest}  from ${trace.sources[name]}`]
      : [name, `${plural(digestsIn(digest).length, "result")}`]
  )
}

const outputLines = (outputs: Trace["outputs"], absent: ReadonlyArray<string> = []) =>
  Object.entries(outputs).map(([name, { digest, size }]) => {
    const where = absent.includes(name) ? ", here by digest alone" : ""
    return [name, `${digest}  ${size.toLocaleString("en-US")} bytes${where}`] as const
  })

const brief = (text: string) => (text.length <= 100 ? text : `${text.slice(0, 90)}… (${text.length} characters)`)

function section(title: string, lines: ReadonlyArray<readonly [string, string]>) {
  if (lines.length === 0) return
  print(title)
  const width = Math.min(48, Math.max(...lines.map(([name]) => name.length)))
  for (const [name, text] of lines) print(`  ${name.padEnd(width)}  ${text}`)
}
