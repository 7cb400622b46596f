/** The folder that several machines share, where the remote is one: runs on other machines are there, too. */
import * as Option from "effect/Option"
import { readAddress } from "../cache/remote/address.ts"
import { configured } from "./config.ts"

/** Undefined where there is no remote, or it is no folder. Throws `UsageError`. */
export function storeOf({ remote }: { readonly remote: Option.Option<string> }): string | undefined {
  const text = Option.getOrUndefined(remote) ?? configured("remote")
  const address = text === undefined || text === "none" ? undefined : readAddress(text)
  return typeof address === "object" && address.kind === "folder" ? address.path : undefined
}
