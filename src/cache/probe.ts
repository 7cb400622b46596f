/** Reads a whole index in a process of its own and ends with 0 if every entry is sound (see index-store.ts). */
import { sha256 } from "../graph/key.ts"
import { encodeOutputs, openDatabases } from "./index-store.ts"
import { readTrace } from "./record.ts"

const store = openDatabases(process.argv[2], true)
for (const { key, value } of store.traces.getRange()) {
  const trace = readTrace(value)
  if (typeof trace === "string" || store.outputs.get(key) !== encodeOutputs(trace.outputs)) process.exit(3)
}
for (const { key, value } of store.values.getRange()) if (sha256(value) !== key) process.exit(3)
for (const database of [store.names, store.identities, store.failures, store.stats, store.codes, store.meta]) {
  for (const _ of database.getRange() as Iterable<unknown>);
}
process.exit(0)
