/**
 * Fills a cache with made-up results for every node of a study, so that a run of it has nothing to do: what a no-op of
 * the 6,912 trials costs can be measured without months of training. Keys, traces, blobs and digests are as a run
 * would leave them; only the artifacts' contents are a line of text each.
 *
 *     node test/bench/graph-fill.ts STUDY        in a project's folder, with its own copy of this file
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import definition from "../../pipeline/pipeline.ts"
import { blobPath } from "../../src/cache/blobs.ts"
import { openCache } from "../../src/cache/cache.ts"
import { CacheFolder } from "../../src/cache/folder.ts"
import type { JournalRecord } from "../../src/cache/record.ts"
import { Sources } from "../../src/cache/sources.ts"
import { Traces } from "../../src/cache/traces.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { select } from "../../src/graph/pipeline.ts"
import { inputDigests, partsOf, type Settled } from "../../src/graph/plan.ts"
import { gather } from "../../src/run/knowledge.ts"
import { recordMade } from "../../src/run/record.ts"
import type { Kept } from "../../src/run/task.ts"

const project = join(import.meta.dirname, "../..")
const [study] = process.argv.slice(2)

/** Artifacts that are text for people are small and live in the index; what holds numbers is a blob. */
const isSmall = (extension: string) => extension === "json" || extension === "html"

/** What `pipeline table` reads. */
const metricsOf = (index: number) => {
  const score = (count: number) => ({ count, loss: 1 / (index + 1), accuracy: 1 - 1 / (index + 1) })
  return JSON.stringify({ status: "finished", train: score(60_000), validation: score(10_000) })
}

const fill = Effect.gen(function* () {
  const traces = yield* Traces
  const sources = yield* Sources
  const { folder } = yield* CacheFolder
  const { graph, all } = select(definition, [study])
  const knowledge = yield* gather(project, graph, all)
  const settled: Array<Settled> = []
  let records: Array<JournalRecord> = []
  const commit = Effect.suspend(() => {
    const batch = records
    records = []
    return traces.commit(batch)
  })
  for (const index of all) {
    const node = graph.nodes[index]
    const parts = partsOf(node, inputDigests(node, (need) => settled[need])!, knowledge)
    const key = keyOf(node, parts)
    const { outputs } = node.stage
    const names = outputs === "files" ? { "index.html": { extension: "html" } } : outputs
    const kept: Record<string, Kept> = {}
    for (const [name, { extension }] of Object.entries(names)) {
      const made = name === node.stage.metrics ? metricsOf(node.index) : `${name} of ${node.name}`
      const bytes = Buffer.from(`${made}\n`)
      const artifact = { digest: sha256(bytes), size: bytes.length }
      kept[name] = { artifact, value: isSmall(extension) ? bytes.toString("base64") : undefined }
      if (isSmall(extension)) continue
      const path = blobPath(folder, artifact.digest)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
    }
    const run = { action: "run", key, parts, expected: undefined, cause: "new", reason: "", differences: [] } as const
    const record = recordMade(
      { node, decision: run },
      { type: "done", outputs: kept, seconds: 1, threads: 1, together: 1 },
      { graph, sources, at: new Date().toISOString() }
    )
    records.push(record)
    settled[index] = { state: "there", key, outputs: record.trace.outputs }
    if (records.length === 1000) yield* commit
  }
  yield* commit
  console.log(`${all.length} nodes`)
})

const layer = openCache({ project, folder: join(project, "cache"), rehash: false })
await Effect.runPromise(fill.pipe(Effect.provide(layer)))
