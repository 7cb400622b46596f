/** What plans are made from, taken from the cache and the project's files. */

import * as Effect from "effect/Effect"
import { Cache } from "../cache/cache.ts"
import { CodeError } from "../cache/errors.ts"
import { DiskFull } from "../cache/space.ts"
import { type Computing, computingName } from "../graph/compute.ts"
import type { Graph } from "../graph/graph.ts"
import { plainPath } from "../graph/paths.ts"
import type { Knowledge } from "../graph/plan.ts"

/** Takes the fingerprint of every compute module that the selection uses, with the engine that it is given. */
export const gather = Effect.fn("gather")(function* (project: string, graph: Graph, selection: ReadonlyArray<number>) {
  const cache = yield* Cache
  const computing = new Map<string, Computing>()
  for (const index of selection) computing.set(computingName(graph.nodes[index]), graph.nodes[index])
  const codes = new Map<string, string>()
  yield* Effect.forEach(
    computing,
    ([name, one]) =>
      Effect.tryPromise({
        try: () => cache.code.fingerprint(one),
        catch: (error) =>
          error instanceof CodeError || error instanceof DiskFull
            ? error
            : new CodeError({ module: one.module.pathname, problem: String(error) })
      }).pipe(Effect.map(({ digest }) => codes.set(name, digest))),
    { concurrency: 8, discard: true }
  )

  // fast-glob takes a while to load, and most patterns are plain paths, which it would read in its own way.
  const globs = selection.some((index) => graph.nodes[index].files.some((pattern) => plainPath(pattern) === undefined))
  const glob = globs ? (yield* Effect.promise(() => import("fast-glob"))).default : undefined
  const globbed = new Map<string, Readonly<Record<string, string>>>()
  const files = (patterns: ReadonlyArray<string>) => {
    const id = patterns.join("\n")
    let found = globbed.get(id)
    if (found === undefined) {
      const dynamic = patterns.filter((pattern) => plainPath(pattern) === undefined)
      const paths = new Set(patterns.flatMap((pattern) => plainPath(pattern) ?? []))
      if (glob !== undefined && dynamic.length > 0)
        for (const path of glob.sync(dynamic, { cwd: project, dot: true, onlyFiles: true })) paths.add(path)
      found = Object.fromEntries([...paths].sort().flatMap((path) => pair(path, cache.files.digest(path))))
      globbed.set(id, found)
    }
    return found
  }
  const knowledge: Knowledge = {
    code: (of) => codes.get(computingName(of))!,
    files,
    outputs: cache.traces.outputs,
    has: cache.artifacts.has,
    traces: cache.traces.ofNode,
    failure: cache.traces.failure,
    codeParts: cache.codeParts
  }
  return knowledge
})

const pair = (path: string, digest: string | undefined): ReadonlyArray<readonly [string, string]> =>
  digest === undefined ? [] : [[path, digest]]
