/** `pipeline get NODE[:OUTPUT]`: hands an artifact over as a file in a format that other programs read. */
import { statSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Artifacts } from "../../cache/artifacts.ts"
import { FileUnwritable, problemOf } from "../../cache/errors.ts"
import { makeFolders } from "../../cache/files.ts"
import { CacheFolder } from "../../cache/folder.ts"
import { isStdout, writeOut } from "../../cache/out-file.ts"
import { Remote } from "../../cache/remote/remote.ts"
import { asUser } from "../../cache/sharing.ts"
import type { Node } from "../../graph/graph.ts"
import { hint, nearest } from "../../graph/nearest.ts"
import { type Decision, knownOutputs, type Run } from "../../graph/plan.ts"
import { familyOf, latestState } from "../../run/checkpoints.ts"
import { liveRuns } from "../../run/chronicle.ts"
import { UsageError } from "../errors.ts"
import { lost } from "../lost.ts"
import { theNode } from "../node.ts"
import { print, tell } from "../output.ts"
import { remoteFlags } from "../remote-flags.ts"
import { withPlan, workspaceFlags } from "../workspace.ts"

export const get = Command.make(
  "get",
  {
    node: Argument.String("node").pipe(
      Argument.withDescription("NODE or NODE:OUTPUT, as in train/digits/layers=4,…:weights")
    ),
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("FILE"),
      Flag.optional,
      Flag.withDescription("File (or folder) to write; '-' for stdout. Default: a name made of node and output, here")
    ),
    ...workspaceFlags,
    ...remoteFlags
  },
  Effect.fn(function* (flags) {
    const colon = flags.node.lastIndexOf(":")
    const name = colon < 0 ? flags.node : flags.node.slice(0, colon)
    yield* withPlan([name], flags, (workspace) =>
      Effect.gen(function* () {
        const node = yield* theNode(workspace, name)
        const { folder } = yield* CacheFolder
        const artifacts = yield* Artifacts
        const decision = workspace.plan.decisions[node.index]!
        const made = knownOutputs(decision)
        const target = Option.getOrUndefined(flags.out)
        const soFar = node.stage.soFar?.[colon < 0 ? "" : flags.node.slice(colon + 1)]
        const state = soFar && stateSoFar(node, decision, folder)
        if (soFar !== undefined && state !== undefined) {
          const bytes = yield* Effect.promise(() => soFar(state.bytes))
          const why = made === undefined ? "is not done" : "is being made again (--force)"
          tell(`${node.name} ${why}: this is how far it was at ${node.stage.extent}=${state.extent}`)
          return yield* hand(node, flags.node.slice(colon + 1), bytes, target)
        }
        if (made === undefined) {
          return yield* new UsageError({
            problem: `${node.name} is not up to date (${(decision as Run).reason}); \`pipeline run '${node.name}'\` makes it`
          })
        }
        const names = Object.keys(made)
        const output = colon < 0 ? (names.length === 1 ? names[0] : undefined) : flags.node.slice(colon + 1)
        if (output === undefined) {
          return yield* new UsageError({
            problem: `${node.name} has several outputs; say which: ${names.map((n) => `${name}:${n}`).join(", ")}`
          })
        }
        const artifact = Object.hasOwn(made, output) ? made[output] : undefined
        if (artifact === undefined) {
          return yield* new UsageError({
            problem: `${node.name} has no output '${output}'. ${hint(nearest(output, names)) || `It gives ${names.join(", ")}.`}`
          })
        }
        yield* (yield* Remote.here).bring([artifact.digest])
        if (!workspace.knowledge.has(artifact.digest)) {
          const problem = `${node.name}: its output '${output}' is here by digest alone (${artifact.digest}); \`pipeline run '${node.name}'\` makes its bytes`
          return yield* new UsageError({ problem })
        }
        const bytes = yield* Effect.fromResult(artifacts.read(artifact.digest)).pipe(
          Effect.mapError((damaged) => lost(damaged, node.name))
        )
        yield* hand(node, output, bytes, target)
      })
    )
  })
).pipe(
  Command.withDescription("Writes a node's output to a file, in a format that other programs read."),
  Command.withExamples([
    {
      command: "pipeline get train/digits/layers=4,depth=1,filters=1,seed=0:weights --out w.safetensors",
      description: "A network's weights, for PyTorch"
    }
  ])
)

/** What a node that is running, or was stopped, has reached: its latest checkpoint. None of one that stands. */
function stateSoFar(node: Node, decision: Decision, cache: string) {
  const { extent } = node.stage
  if (extent === undefined) return undefined
  const forced = liveRuns(cache)
    .flatMap(({ running }) => running)
    .find(({ key, family }) => key === decision.key && family !== undefined)
  const own = decision.action === "run" && decision.parts ? familyOf(node, decision.parts) : undefined
  const family = forced?.family ?? own
  return family === undefined ? undefined : latestState(cache, family, Number(node.parameters[extent]))
}

/** Writes an output to stdout or to a file, of which it prints the name. */
const hand = Effect.fnUntraced(function* (node: Node, output: string, bytes: Uint8Array, target: string | undefined) {
  if (target !== undefined && isStdout(target)) return void process.stdout.write(bytes)
  const { outputs } = node.stage
  const extension = outputs === "files" ? "" : `.${outputs[output]?.extension ?? "bin"}`
  const own = `${node.name.replaceAll("/", ".")}.${output.replaceAll("/", ".")}${extension}`
  const path = target === undefined ? own : isFolder(target) ? join(target, own) : target
  yield* Effect.try({
    try: () => {
      asUser(() => makeFolders(dirname(path)))
      writeOut(path, bytes)
    },
    catch: (error) => new FileUnwritable({ path, problem: problemOf(error) })
  })
  print(path)
})

/** A folder that is there, or that is to be one. */
const isFolder = (path: string) =>
  path.endsWith("/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
