/** The remote of a command, as it is typed. */
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"

export const remoteFlags = {
  remote: Flag.String("remote").pipe(
    Flag.withMetavar("DIR|URL"),
    Flag.optional,
    Flag.withDescription(
      "Shared cache, a folder or http(s) address, that is asked for what is not here and gets what is made (default: $PIPELINE_REMOTE); none: no remote"
    )
  ),
  remoteMode: Flag.String("remote-mode").pipe(
    Flag.withMetavar("MODE"),
    Flag.optional,
    Flag.withDescription("read-write (default), or read-only: nothing is pushed (default: $PIPELINE_REMOTE_MODE)")
  )
}

export interface RemoteFlags {
  readonly remote: Option.Option<string>
  readonly remoteMode: Option.Option<string>
}
