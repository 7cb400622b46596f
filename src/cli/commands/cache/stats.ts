/** `pipeline cache stats`: what the cache has, and how much room it takes. */
import { join } from "node:path"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { listBlobs } from "../../../cache/blobs.ts"
import { bytesIn } from "../../../cache/gc.ts"
import { readTrace } from "../../../cache/record.ts"
import { Storage } from "../../../cache/storage.ts"
import { bytes, plural, print, printJson, seconds } from "../../output.ts"
import { withCache } from "../../workspace.ts"
import { cacheFlags } from "./flags.ts"

export const stats = Command.make(
  "stats",
  cacheFlags,
  Effect.fn(function* (flags) {
    yield* withCache({ ...flags, rehash: false }, () =>
      Effect.flatMap(Storage, (storage) => Effect.sync(() => show(storage, flags.json)))
    )
  })
).pipe(Command.withDescription("Shows what the cache has: results by stage, and bytes by kind."))

/** What lies in the cache's folder, by the words for it. */
const KINDS = ["blobs", "journal", "index", "checkpoints", "logs", "scratch", "damaged"]

function show({ folder, store }: Storage["Service"], json: boolean): void {
  const stages = new Map<string, { results: number; seconds: number; bytes: number }>()
  for (const { value } of store.traces.getRange()) {
    const trace = readTrace(value)
    if (typeof trace === "string") continue // `cache verify` tells of it
    const { stage, circumstances, outputs } = trace
    const sum = stages.get(stage) ?? { results: 0, seconds: 0, bytes: 0 }
    sum.results++
    sum.seconds += circumstances.seconds
    for (const { size } of Object.values(outputs)) sum.bytes += size
    stages.set(stage, sum)
  }
  const blobs = listBlobs(folder).size
  const failures = store.failures.getKeysCount()
  const sizes = KINDS.map((kind) => [kind, bytesIn(join(folder, kind))] as const)
  if (json) {
    for (const [stage, sum] of stages) printJson({ type: "stage", stage, ...sum })
    printJson({ type: "cache", folder, blobs, failures, bytes: Object.fromEntries(sizes) })
    return
  }
  print(folder)
  const width = Math.max(11, ...[...stages.keys()].map((name) => name.length))
  for (const [stage, { results, seconds: took, bytes: size }] of [...stages].sort()) {
    print(`  ${stage.padEnd(width)}  ${plural(results, "result")}, ${bytes(size)}, computed in ${seconds(took)}`)
  }
  if (failures > 0) print(`  ${plural(failures, "failed node")}`)
  for (const [kind, size] of sizes) {
    if (size > 0)
      print(`  ${kind.padEnd(width)}  ${bytes(size)}${kind === "blobs" ? ` in ${plural(blobs, "file")}` : ""}`)
  }
  print(`  ${"in all".padEnd(width)}  ${bytes(sizes.reduce((total, [, size]) => total + size, 0))}`)
}
