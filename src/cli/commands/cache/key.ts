/** `pipeline cache key`: the key that signs what this user pushes to a remote. */
import { existsSync } from "node:fs"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { FileUnwritable, problemOf } from "../../../cache/errors.ts"
import { makeKey, type Signer } from "../../../cache/remote/signing.ts"
import { signingKeyFile } from "../../credentials.ts"
import type { UsageError } from "../../errors.ts"
import { attempt, print, printJson, tell } from "../../output.ts"
import { signerHere } from "../../remote.ts"
import { cacheFlags } from "./flags.ts"

export const key = Command.make(
  "key",
  { json: cacheFlags.json },
  Effect.fn(function* ({ json }) {
    const path = signingKeyFile()
    const isNew = !existsSync(path)
    const signer = isNew ? yield* make(path) : (yield* attempt<Signer | undefined, UsageError>(signerHere))!
    if (json) return printJson({ type: "key", publicKey: signer.publicKey, path, new: isNew })
    if (isNew) tell(`${path}: a new key; keep it to yourself. What you push from now on is signed with it`)
    print(signer.publicKey)
    tell("whoever sets `remoteKeys` to this (PIPELINE_REMOTE_KEYS) takes results of yours, and no unsigned ones")
  })
).pipe(
  Command.withDescription(
    "Prints the public key that signs what you push to a remote; makes the pair if there is none."
  )
)

const make = (path: string) =>
  Effect.try({ try: () => makeKey(path), catch: (error) => new FileUnwritable({ path, problem: problemOf(error) }) })
