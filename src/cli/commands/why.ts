/** `pipeline why NODE`: why it would run, or what it is made of as it stands. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Traces } from "../../cache/traces.ts"
import { type WhyView, whyView } from "../../view/why.ts"
import { named, pasteable } from "../hints.ts"
import { nodeArgument, theNode } from "../node.ts"
import { onStdout, print, printJson } from "../output.ts"
import { withPlan, workspaceFlags } from "../workspace.ts"

export const why = Command.make(
  "why",
  {
    node: nodeArgument,
    ...workspaceFlags,
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan([flags.node], flags, (workspace) =>
      Effect.gen(function* () {
        const node = yield* theNode(workspace, flags.node)
        const view = whyView(node, workspace, yield* Traces)
        if (flags.json) printJson(jsonOf(view))
        else if (view.action === "reuse") showReuse(view)
        else showRun(view)
      })
    )
  })
).pipe(Command.withDescription("Explains why a node would run, down to the parameter, the source file or the input."))

function jsonOf(view: WhyView) {
  const { name, action, key } = view
  if (view.action === "reuse") {
    const { origin = null } = view
    return { type: "why", name, action, key, origin, cause: null, reason: null, differences: [] }
  }
  const { cause, reason, differences, waits } = view
  return { type: "why", name, action, key, cause, reason, differences, waits }
}

function showReuse({ name, key, trace, origin }: WhyView & { readonly action: "reuse" }): void {
  const { finished, host } = trace.circumstances
  print(`${onStdout("bold", name)} would not run: nothing that it depends on has changed`)
  print(`  made ${finished} on ${host}, key ${key}`)
  if (origin !== undefined) print(`  taken from ${origin}`)
  if (trace.name !== name) print(`  under the name ${trace.name}`)
  print(pasteable(`\`pipeline show${named([name])}\` prints what it was made of`))
}

function showRun({ name, cause, reason, differences, waits }: WhyView & { readonly action: "run" }): void {
  print(`${onStdout("bold", name)} would run: ${onStdout("yellow", cause)}`)
  print(`  ${reason}`)
  if (cause === "lost")
    print("  a study that needs no more than its digest takes that from its trace, and does not run it")
  if (differences.length > 1) {
    print("since the nearest earlier run:")
    for (const difference of differences) print(`  ${difference}`)
  }
  if (waits.length > 0) print("it waits for:")
  for (const wait of waits) print(`  ${wait.name} (${wait.cause}: ${wait.reason})`)
}
