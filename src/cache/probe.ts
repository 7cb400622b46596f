/** Reads a whole index in a process of its own and ends with 0 if every entry is sound (see index-store.ts). */
import { sha256 } from "../graph/key.ts"
import type { Trace } from "../graph/trace.ts"
import { encodeOutputs, openDatabases } from "./index-store.ts"
import { checksum } from "./record.ts"

const store = openDatabases(process.argv[2], true)
for (const { key, value } of store.traces.getRange()) {
  const json = value.slice(17)
  if (checksum(json) !== value.slice(0, 16)) process.exit(3)
  if (store.outputs.get(key) !== encodeOutputs((JSON.parse(json) as Trace).outputs)) process.exit(3)
}
for (const { key, value } of store.values.getRange()) if (sha256(value) !== key) process.exit(3)
for (const database of [store.names, store.identities, store.failures, store.stats, store.codes, store.meta]) {
  for (const _ of database.getRange() as Iterable<unknown>);
}
process.exit(0)
