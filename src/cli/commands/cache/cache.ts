/** `pipeline cache …`: the upkeep of what was computed. */
import * as Command from "effect/cli/Command"
import { backup } from "./backup.ts"
import { exportCommand } from "./export.ts"
import { gc } from "./gc.ts"
import { importCommand } from "./import.ts"
import { key } from "./key.ts"
import { pull } from "./pull.ts"
import { push } from "./push.ts"
import { stats } from "./stats.ts"
import { verify } from "./verify.ts"

export const cache = Command.make("cache").pipe(
  Command.withDescription(
    "Looks after the cache: statistics, verification, garbage collection, transport, remotes, backup."
  ),
  Command.withSubcommands([stats, verify, gc, exportCommand, importCommand, push, pull, key, backup])
)
