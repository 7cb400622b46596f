/** Bringing results to the shared store of a run. */
import * as Effect from "effect/Effect"
import { Remote } from "../cache/remote/remote.ts"

/** Brings what stands under a key to the store; true when it is there. */
export const bringer = Effect.map(Remote.here, (remote) => (key: string) => {
  remote.push([key])
  return remote.arrival(key)
})
