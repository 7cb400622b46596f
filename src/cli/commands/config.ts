/** `pipeline config`: the settings that change no result, and where each comes from. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CONFIG } from "../../run/config.ts"
import { type Setting, settingsWith } from "../config.ts"
import { hung } from "../drawing.ts"
import type { UsageError } from "../errors.ts"
import { attempt, print, printJson } from "../output.ts"
import { terminalWidth } from "../sheet/fit.ts"

const flag = (name: string) => Flag.String(name).pipe(Flag.optional, Flag.withDescription(`As of \`pipeline run\``))

export const config = Command.make(
  "config",
  {
    cache: flag("cache"),
    dataDir: flag("data-dir"),
    jobs: flag("jobs"),
    gpus: flag("gpus"),
    perGpu: flag("per-gpu"),
    deviceMemory: flag("device-memory"),
    maxFailures: flag("max-failures"),
    notify: flag("notify"),
    remote: flag("remote"),
    remoteMode: flag("remote-mode"),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
  },
  Effect.fn(function* ({ json, ...flags }) {
    const typed = Object.fromEntries(
      Object.entries(flags).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
    )
    const settings = yield* attempt<ReadonlyArray<Setting>, UsageError>(() => settingsWith(typed))
    if (json) {
      for (const setting of settings)
        printJson({
          type: "setting",
          ...setting,
          variable: CONFIG[setting.name].variable,
          flag: CONFIG[setting.name].flag
        })
      return
    }
    const width = (of: (setting: Setting) => string) => Math.max(...settings.map((setting) => of(setting).length))
    const [names, values, sources] = [width(({ name }) => name), width(({ value }) => value), width((s) => s.source)]
    for (const { name, value, source } of settings) {
      const head = `${name.padEnd(names)}  ${value.padEnd(values)}  ${source.padEnd(sources)}  `
      print(hung(head, `${CONFIG[name].about} (${CONFIG[name].variable})`, terminalWidth()))
    }
  })
).pipe(
  Command.withDescription(
    "Prints the settings that change no result, and where each comes from: pipeline/config.ts, then the environment, then flags go before it."
  )
)
