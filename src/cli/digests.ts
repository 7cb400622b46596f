/** Nodes that are named by the beginning of a key, or of the digest of an output. */
import { traceAt } from "../cache/index-store.ts"
import type { Storage } from "../cache/storage.ts"
import { UsageError } from "./errors.ts"

const SHOWN = 3

/** The trace whose key begins so; undefined where there is none, or where there are several. */
export function traceOfKey(text: string, { store }: Storage["Service"]) {
  if (!/^[0-9a-f]{6,64}$/.test(text)) return undefined
  const keys = [...store.outputs.getKeys({ start: text, end: `${text}g`, limit: 2 })]
  return keys.length === 1 ? traceAt(store, keys[0]) : undefined
}

/** The name of the node that it means; the text itself where it means none. Throws `UsageError` where it means several. */
export function nodeOfDigest(text: string, { store }: Storage["Service"]): string {
  if (!/^[0-9a-f]{6,64}$/.test(text)) return text
  const names = new Set<string>()
  for (const { key, value } of store.outputs.getRange()) {
    const digests = value.split("\n").map((line) => line.split(" ", 1)[0])
    if (![key, ...digests].some((digest) => digest.startsWith(text))) continue
    const name = traceAt(store, key)?.name
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
