/** `pipeline tfjs build`: native TensorFlow for the engines tfjs-node and tfjs-node-gpu. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { descriptorOf } from "../../engine/engines.ts"
import { needPackages } from "../../engine/packages.ts"
import { probe } from "../../engine/probe/probe.ts"
import { BuildFailed, buildAddon } from "../../engine/tfjs/native/build.ts"
import type { EngineUnavailable } from "../../engine/unavailable.ts"
import { UsageError } from "../errors.ts"
import { attempt, print, tell } from "../output.ts"

const build = Command.make(
  "build",
  {
    tensorflow: Flag.String("tensorflow").pipe(
      Flag.withMetavar("DIR"),
      Flag.optional,
      Flag.withDescription("The folder `tensorflow` in the site-packages of a `pip install tensorflow`")
    ),
    python: Flag.String("python").pipe(
      Flag.withMetavar("PYTHON"),
      Flag.optional,
      Flag.withDescription("A Python in whose packages TensorFlow is; it is looked for by path, not imported")
    )
  },
  Effect.fn(function* (flags) {
    if (Option.isSome(flags.tensorflow) && Option.isSome(flags.python))
      return yield* new UsageError({ problem: "--tensorflow and --python name the same thing; give one of them" })
    yield* attempt<void, EngineUnavailable>(() => needPackages([descriptorOf("tfjs-node")]))
    const path = yield* Effect.tryPromise({
      try: () =>
        buildAddon(
          {
            tensorflow: Option.getOrUndefined(flags.tensorflow),
            python: Option.getOrUndefined(flags.python),
            tell
          },
          check
        ),
      catch: (error) => error as BuildFailed
    })
    print(path)
    return tell(
      "done: `--engine tfjs-node` (processor) and `--engine tfjs-node-gpu` use it; `pipeline doctor` tries them"
    )
  })
).pipe(
  Command.withDescription(
    "Builds the native addon of TensorFlow.js against the TensorFlow of a pip install, into the user's cache folder."
  )
)

/** Loads the addon in a process of its own, and trains with it. */
async function check(addon: string): Promise<string> {
  const standing = await probe({ engine: "tfjs-node", networks: [] }, { PIPELINE_TFJS_ADDON: addon })
  if (!standing.works) throw new BuildFailed(`the addon was built but does not work: ${standing.reason}`)
  const { facts, agreement } = standing
  const how =
    agreement === undefined ? "" : `; its gradient is within ${agreement.gradient.toExponential(0)} of plain JavaScript`
  return `TensorFlow ${facts.libtensorflow} loads and trains${how}`
}

export const tfjs = Command.make("tfjs").pipe(
  Command.withDescription("Native TensorFlow for TensorFlow.js."),
  Command.withSubcommands([build])
)
