/** Nodes that are named by the beginning of a key, or of the digest of an output. */
import type { Cache } from "../cache/cache.ts"
import { UsageError } from "./errors.ts"

const SHOWN = 3

/** The trace whose key begins so; undefined where there is none, or where there are several. */
export function traceOfKey(text: string, { storage, traces }: Pick<Cache["Service"], "storage" | "traces">) {
  if (!/^[0-9a-f]{6,64}$/.test(text)) return undefined
  const keys = [...storage.store.outputs.getKeys({ start: text, end: `${text}g`, limit: 2 })]
  return keys.length === 1 ? traces.get(keys[0]) : undefined
}

/** The name of the node that it means; the text itself where it means none. Throws `UsageError` where it means several. */
export function nodeOfDigest(text: string, { storage, traces }: Pick<Cache["Service"], "storage" | "traces">): string {
  if (!/^[0-9a-f]{6,64}$/.test(text)) return text
  const names = new Set<string>()
  for (const { key, value } of storage.store.outputs.getRange()) {
    const digests = value.split("\n").map((line) => line.split(" ", 1)[0])
    if (![key, ...digests].some((digest) => digest.startsWith(text))) continue
    const name = traces.get(key)?.name
    if (name !== undefined) names.add(name)
  }
  const [name, ...others] = names
  if (name === undefined) return text
  if (others.length === 0) return name
  const some = [name, ...others].slice(0, SHOWN).join(", ")
  throw new UsageError({
    problem: `'${text}' begins digests of ${names.size} nodes: ${some}${names.size > SHOWN ? ", …" : ""}`
  })
}
