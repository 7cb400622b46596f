/** `pipeline show NODE`: where a result comes from: code, parameters, inputs back to the data, machine and time. */
import { relative } from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Artifacts } from "../../cache/artifacts.ts"
import { CacheFolder } from "../../cache/folder.ts"
import { Sources } from "../../cache/sources.ts"
import { Storage } from "../../cache/storage.ts"
import { Traces } from "../../cache/traces.ts"
import { anything, named as membersOf, parse } from "../../data/json.ts"
import { digestsIn } from "../../graph/collection.ts"
import type { Trace } from "../../graph/trace.ts"
import { type ShowView, showView, traceView } from "../../view/show.ts"
import { traceOfKey } from "../digests.ts"
import { hung } from "../drawing.ts"
import { UsageError } from "../errors.ts"
import { named, pasteable } from "../hints.ts"
import { nodeArgument, theNode } from "../node.ts"
import { onStdout, plural, print, printJson, seconds } from "../output.ts"
import { terminalWidth } from "../sheet/fit.ts"
import { overridesOf, planTargets, withCache, workspaceFlags } from "../workspace.ts"

export const show = Command.make(
  "show",
  {
    node: nodeArgument,
    ...workspaceFlags,
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object"))
  },
  Effect.fn(function* (flags) {
    yield* withCache(flags, (loaded) =>
      Effect.gen(function* () {
        const { logs } = yield* CacheFolder
        const { codeParts } = yield* Sources
        const kept = { logs, codeParts, traces: yield* Traces, artifacts: yield* Artifacts }
        const told = (view: ShowView) => (flags.json ? printJson(jsonOf(view)) : showText(view))
        // A key means its own result, whatever its node would be today, and of whatever variant.
        const trace = traceOfKey(flags.node, yield* Storage)
        if (trace !== undefined) return told(traceView(trace, kept))
        const workspace = yield* planTargets(loaded, [flags.node], () => overridesOf(flags))
        const node = yield* theNode(workspace, flags.node)
        const view = showView(node, workspace, kept)
        if (view === undefined)
          return yield* new UsageError({
            problem: `${node.name} has no result yet; \`pipeline run '${node.name}'\` makes it`
          })
        told(view)
      })
    )
  })
).pipe(Command.withDescription("Shows where a result comes from: code, parameters, inputs, machine and time."))

const jsonOf = ({ trace, current, origin, absent, codeParts, observations }: ShowView) => ({
  type: "trace",
  ...trace,
  current,
  origin: origin ?? null,
  absent,
  codeParts,
  observations
})

function showText({ node, trace, current, origin, absent, codeParts, observations, log }: ShowView): void {
  print(onStdout("bold", node))
  if (current === false) print(onStdout("yellow", pasteable(outdated(node))))
  print(`key          ${trace.key}`)
  section("parameters", parameterLines(trace))
  section("inputs", inputLines(trace))
  section("files", Object.entries(trace.files).slice(0, 20))
  section("code", [["digest", trace.code], ...codeLines(codeParts)])
  if (trace.numericClass !== null) print(`numeric class  ${trace.numericClass}`)
  section("outputs", outputLines(trace.outputs, absent))
  section("made", [
    ...madeLines(trace),
    ...(origin === undefined ? [] : [["taken from", origin] as const]),
    ["log", relative(process.cwd(), log)]
  ])
  section("adopted", adoptedLines(trace))
  if (observations.length > 0) {
    const runs = plural(observations.length, "later run")
    print(onStdout("yellow", `${runs} under this key gave other bytes; the first result counts`))
  }
  for (const [i, outputs] of observations.entries()) section(`observation ${i + 1}`, outputLines(outputs))
}

type Lines = ReadonlyArray<readonly [name: string, text: string]>

const outdated = (node: string) =>
  `no longer up to date: this is its latest result (\`pipeline why${named([node])}\` says what changed)`

const parameterLines = ({ parameters }: Trace): Lines =>
  Object.entries(parse(parameters, membersOf(anything))).map(([name, value]) => [name, brief(JSON.stringify(value))])

const codeLines = (parts: ShowView["codeParts"]): Lines =>
  Object.entries(parts)
    .filter(([part]) => !part.includes("#"))
    .map(([part, digest]) => [part.replace(/^(file|package):/, ""), brief(digest)])

function madeLines({ circumstances }: Trace): Lines {
  const { finished, seconds: took, threads = 1, together = 1, host, cpu, platform, node, device = {} } = circumstances
  const others: Lines = together === 1 ? [] : [["with", `${together - 1} others in one computation; that is its share`]]
  return [
    ["when", finished],
    ["in", `${seconds(took)}${threads === 1 ? "" : ` on ${threads} threads`}`],
    ...others,
    ["on", `${host}, ${cpu}, ${platform}, Node ${node}`],
    ...Object.entries(device)
  ]
}

const adoptedLines = ({ adopted }: Trace): Lines =>
  adopted === undefined
    ? []
    : [
        ["when", adopted.accepted],
        ["from", `${adopted.key}, made by the code ${adopted.code}`],
        ["because", `the same bytes came again of ${adopted.sample.join(", ")}`]
      ]

function inputLines(trace: Trace): Lines {
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

function section(title: string, lines: Lines) {
  if (lines.length === 0) return
  print(title)
  const width = Math.min(48, Math.max(...lines.map(([name]) => name.length)))
  for (const [name, text] of lines) print(hung(`  ${name.padEnd(width)}  `, text, terminalWidth()))
}
