/** Paces: what nodes took on this machine, for predictions. */
import * as Context from "effect/Context"
import { type Pace, paceHere } from "./index-store.ts"
import type { Storage } from "./storage.ts"

export class Paces extends Context.Service<
  Paces,
  {
    /** Of a stage, or of one of its pace classes (`train filters=1`). */
    readonly of: (name: string) => Pace | undefined
  }
>()("pipeline/cache/Paces") {
  static readonly over = ({ store }: Storage["Service"]) => Paces.of({ of: (name) => paceHere(store, name) })
}
