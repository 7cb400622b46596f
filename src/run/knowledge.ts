/** What plans are made from, taken from the cache and the project's files. */

import * as Effect from "effect/Effect"
import { Artifacts } from "../cache/artifacts.ts"
import { Failures } from "../cache/failures.ts"
import { Sources } from "../cache/sources.ts"
import { Traces } from "../cache/traces.ts"
import { type Computing, computingName } from "../graph/compute.ts"
import type { Graph } from "../graph/graph.ts"
import type { Knowledge } from "../graph/plan.ts"
import { isDynamic, matching } from "./matching.ts"

/** Takes the fingerprint of every compute module that the selection uses, with the engine that it is given. */
export const gather = Effect.fn("gather")(function* (project: string, graph: Graph, selection: ReadonlyArray<number>) {
  const traces = yield* Traces
  const artifacts = yield* Artifacts
  const failures = yield* Failures
  const sources = yield* Sources
  const computing = new Map<string, Computing>()
  for (const index of selection) computing.set(computingName(graph.nodes[index]), graph.nodes[index])
  const codes = new Map<string, string>()
  yield* Effect.forEach(
    computing,
    ([name, one]) => Effect.map(sources.code(one), ({ digest }) => codes.set(name, digest)),
    { concurrency: 8, discard: true }
  )

  const globs = selection.some((index) => graph.nodes[index].files.some(isDynamic))
  const glob = globs ? (yield* Effect.promise(() => import("fast-glob"))).default : undefined
  const globbed = new Map<string, Readonly<Record<string, string>>>()
  const files = (patterns: ReadonlyArray<string>) => {
    const id = patterns.join("\n")
    let found = globbed.get(id)
    if (found === undefined) {
      const paths = matching(project, patterns, glob?.sync)
      found = Object.fromEntries(paths.flatMap((path) => pair(path, sources.digest(path))))
      globbed.set(id, found)
    }
    return found
  }
  const knowledge: Knowledge = {
    code: (of) => codes.get(computingName(of))!,
    files,
    outputs: traces.outputs,
    has: artifacts.has,
    traces: traces.ofNode,
    failure: failures.of,
    codeParts: sources.codeParts
  }
  return knowledge
})

const pair = (path: string, digest: string | undefined): ReadonlyArray<readonly [string, string]> =>
  digest === undefined ? [] : [[path, digest]]
