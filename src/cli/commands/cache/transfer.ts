/** What `pipeline cache push` and `pull` have in common: the remote that is the last word, the way there, how far it is. */
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import { CacheFolder } from "../../../cache/folder.ts"
import { ownName } from "../../../cache/process.ts"
import { type Address, nameOf } from "../../../cache/remote/address.ts"
import { sshTransport } from "../../../cache/remote/rsync.ts"
import type { Transport } from "../../../cache/remote/transport.ts"
import { configured } from "../../config.ts"
import { UsageError } from "../../errors.ts"
import { attempt, tell } from "../../output.ts"
import { addressOf, checkFolder, transportTo } from "../../remote.ts"

export const transferArgument = Argument.String("targets").pipe(
  Argument.variadic(),
  Argument.withDescription(
    "Targets as of `pipeline run`, and last the REMOTE: a folder, https://HOST/PATH or ssh://HOST/PATH"
  )
)

export interface Ends {
  readonly targets: ReadonlyArray<string>
  readonly address: Address
  readonly name: string
}

/** Parts what was typed into targets and the remote, which is the last word. Throws `UsageError`. */
export function endsOf(words: ReadonlyArray<string>, command: string): Ends {
  const last = words.at(-1)
  const set = configured("remote")
  const text = last ?? (set === "none" ? undefined : set)
  if (text === undefined)
    throw new UsageError({
      problem: `cache ${command}: expected a remote: a folder, https://HOST/PATH or ssh://HOST/PATH`
    })
  const address = addressOf(text, last === undefined ? "remote" : `cache ${command}`)
  return { targets: words.slice(0, -1), address, name: nameOf(address) }
}

/** The way to a remote, as long as it is used: by ssh it leads through a staging folder in the cache. */
export const withTransport = <A, E, R>(
  { address, name }: Ends,
  use: (transport: Transport) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    yield* checkFolder(address, name)
    if (address.kind !== "ssh") return yield* use(yield* attempt<Transport, UsageError>(() => transportTo(address)))
    const { folder } = yield* CacheFolder
    const staging = join(folder, "tmp", `${ownName}-import`)
    return yield* Effect.acquireUseRelease(
      Effect.sync(() => mkdirSync(staging, { recursive: true })),
      () => use(sshTransport(address, staging, folder)),
      () => Effect.sync(() => rmSync(staging, { recursive: true, force: true }))
    )
  })

const EVERY_MS = 2000

/** Says every few seconds how far it is. */
export function countSteps(what: string, total: number): (count?: number) => void {
  let done = 0
  let last = performance.now()
  return (count = 1) => {
    done += count
    if (performance.now() - last < EVERY_MS) return
    last = performance.now()
    tell(`${what} ${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`)
  }
}
