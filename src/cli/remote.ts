/** The remote that a command is to use: `--remote`, or what is configured, with its credentials and keys. */
import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { problemOf } from "../cache/errors.ts"
import { type Address, isOpen, nameOf, readAddress } from "../cache/remote/address.ts"
import { folderTransport, whyNoRemote } from "../cache/remote/folder.ts"
import { httpTransport } from "../cache/remote/http.ts"
import { Remote, type RemoteOptions, withConsequence } from "../cache/remote/remote.ts"
import { isPublicKey, readKey, type Signer } from "../cache/remote/signing.ts"
import type { Transport } from "../cache/remote/transport.ts"
import { configured } from "./config.ts"
import { credentialsFor, signingKeyFile } from "./credentials.ts"
import { UsageError } from "./errors.ts"
import { attempt, tell } from "./output.ts"
import type { RemoteFlags } from "./remote-flags.ts"

/** Throws `UsageError`. */
export function addressOf(text: string, where: string): Address {
  const address = readAddress(text)
  if (typeof address !== "string") return address
  // What was typed may have a password in it.
  const shown = /:\/\/[^/]*@/.test(text) ? "" : ` ${text}`
  throw new UsageError({ problem: `${where}${shown}: ${address}` })
}

/** Throws `UsageError`. */
export function transportTo(address: Exclude<Address, { readonly kind: "ssh" }>): Transport {
  if (address.kind === "folder") return folderTransport(address.path)
  const credentials = credentialsFor(address.url)
  if (credentials !== undefined && isOpen(address.url))
    throw new UsageError({ problem: `${nameOf(address)}: credentials are sent over https alone` })
  return httpTransport(address.url, credentials)
}

/** Fails where a folder is something else than a shared cache. */
export const checkFolder = (address: Address, where: string) =>
  Effect.gen(function* () {
    if (address.kind !== "folder") return
    const problem = yield* Effect.promise(() => whyNoRemote(address.path))
    if (problem !== undefined) return yield* new UsageError({ problem: `${where} ${address.path}: ${problem}` })
  })

/** The user's own key, if there is one; what is pushed is signed with it. Throws `UsageError`. */
export function signerHere(): Signer | undefined {
  const path = signingKeyFile()
  if (!existsSync(path)) return undefined
  try {
    return readKey(path)
  } catch (error) {
    throw new UsageError({ problem: `the signing key ${path}: ${problemOf(error)}` })
  }
}

/** Public keys of which one must have signed what counts; the user's own among them. Throws `UsageError`. */
export function trustedKeys(signer: Signer | undefined): ReadonlyArray<string> {
  const listed = (configured("remoteKeys") ?? "").split(/[\s,]+/).filter((key) => key !== "")
  const wrong = listed.find((key) => !isPublicKey(key))
  if (wrong !== undefined)
    throw new UsageError({
      problem: `remoteKeys: expected public keys as \`pipeline cache key\` prints them (ed25519:…), found ${wrong}`
    })
  return listed.length === 0 || signer === undefined ? listed : [...listed, signer.publicKey]
}

/** Throws `UsageError`. */
function writesTo(flags: RemoteFlags): boolean {
  const mode = Option.getOrUndefined(flags.remoteMode) ?? configured("remoteMode") ?? "read-write"
  if (mode === "read-write" || mode === "read-only") return mode === "read-write"
  throw new UsageError({ problem: `--remote-mode ${mode}: expected read-write or read-only` })
}

/** The address that is asked for, by flag or setting; undefined where none is. Throws `UsageError`. */
function chosen(flags: RemoteFlags): { readonly address: Address; readonly where: string } | undefined {
  const typed = Option.getOrUndefined(flags.remote)
  const text = typed ?? configured("remote")
  if (text === undefined || text === "none") return undefined
  const where = typed === undefined ? "remote" : "--remote"
  return { address: addressOf(text, where), where }
}

/** What a remote is opened with; undefined where there is none. */
const remoteOptions = Effect.fnUntraced(function* (flags: RemoteFlags) {
  const found = yield* attempt<ReturnType<typeof chosen>, UsageError>(() => chosen(flags))
  if (found === undefined) return undefined
  const { address, where } = found
  if (address.kind === "ssh") {
    const problem = `${where} ${nameOf(address)}: a run needs a folder or http(s); \`pipeline cache push\` and \`pull\` go by ssh`
    return yield* new UsageError({ problem })
  }
  yield* checkFolder(address, where)
  return yield* attempt<RemoteOptions, UsageError>(() => {
    const signer = signerHere()
    return {
      transport: transportTo(address),
      writes: writesTo(flags),
      trusted: trustedKeys(signer),
      tell: (message) => tell(withConsequence(message)),
      ...(signer && { signer })
    }
  })
})

/** Does something with the remote behind the cache, if there is one. */
export const withRemote = Effect.fnUntraced(function* <A, E, R>(flags: RemoteFlags, use: Effect.Effect<A, E, R>) {
  const options = yield* remoteOptions(flags)
  if (options === undefined) return yield* use
  return yield* Effect.provide(use, Remote.layer(options))
})
