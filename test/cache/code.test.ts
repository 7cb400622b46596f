/** Whether code is still what its key says, as files are touched and edited. */
import { linkSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { makeCodeReader } from "../../src/cache/code.ts"
import { openDatabases } from "../../src/cache/index-store.ts"
import { makeStatCache } from "../../src/cache/stat-cache.ts"

function makeReader() {
  const root = mkdtempSync(join(tmpdir(), "pipeline-code-"))
  const store = openDatabases(root, false)
  onTestFinished(async () => {
    await store.root.close()
    rmSync(root, { recursive: true })
  })
  const path = join(root, "a.ts")
  writeFileSync(path, `import { b } from "./b.ts"\nexport default () => b\n`)
  writeFileSync(join(root, "b.ts"), "export const b = 1\nexport const unreached = 1\n")
  const write = (change: () => void) => store.root.transactionSync(change)
  const reader = makeCodeReader(root, store, makeStatCache(root, store, { rehash: false, write }), write)
  return { path, other: join(root, "b.ts"), module: pathToFileURL(path), reader }
}

test("files that are touched, linked, written again, or edited where nothing is reached, are unchanged", async () => {
  const { path, other, module, reader } = makeReader()
  await reader.fingerprint(module)
  const same = async () => expect(await reader.unchanged(module)).toBe(true)
  await same()
  utimesSync(path, new Date(), new Date())
  await same()
  linkSync(path, `${path}.backup`)
  await same()
  writeFileSync(path, readFileSync(path))
  await same()
  writeFileSync(other, "export const b = 1 // one\nexport const unreached = 2\n")
  await same()
})

test.for([
  ["edited", "export const b = 2\n"],
  ["half edited", "export const b ="],
  ["emptied", ""]
])(
  "what was %s once has changed for good: a worker may have loaded it, though the edit was taken back",
  async ([, text]) => {
    const { other, module, reader } = makeReader()
    await reader.fingerprint(module)
    const before = readFileSync(other)
    writeFileSync(other, text)
    expect(await reader.unchanged(module)).toBe(false)
    writeFileSync(other, before)
    expect(await reader.unchanged(module)).toBe(false)
  }
)
