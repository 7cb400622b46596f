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
  const reader = makeCodeReader(root, store, makeStatCache(root, store, { rehash: false, write, id: "" }), "", write)
  return { path, other: join(root, "b.ts"), code: { module: pathToFileURL(path), engine: undefined }, root, reader }
}

test("files that are touched, linked, written again, or edited where nothing is reached, are unchanged", async () => {
  const { path, other, code, reader } = makeReader()
  await reader.fingerprint(code)
  const same = async () => expect(await reader.unchanged(code)).toBe(true)
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
    const { other, code, reader } = makeReader()
    await reader.fingerprint(code)
    const before = readFileSync(other)
    writeFileSync(other, text)
    expect(await reader.unchanged(code)).toBe(false)
    writeFileSync(other, before)
    expect(await reader.unchanged(code)).toBe(false)
  }
)

test("an engine's code counts as far as the role reaches that is used, beside that of the compute module", async () => {
  const { root, code, reader } = makeReader()
  const engine = join(root, "engine.ts")
  const text = `import { gain } from "./gain.ts"
import { many } from "./many.ts"
export const training = () => gain
export const groups = () => [gain, many]
`
  writeFileSync(join(root, "gain.ts"), "export const gain = 1\n")
  writeFileSync(join(root, "many.ts"), "export const many = 2\n")
  writeFileSync(engine, text)
  const use = (role: string) => ({
    ...code,
    engine: { module: pathToFileURL(engine), role, numericClass: "approximate" }
  })
  const of = async (role: string) => (await reader.fingerprint(use(role))).digest
  const [alone, training, groups] = [(await reader.fingerprint(code)).digest, await of("training"), await of("groups")]
  expect(new Set([alone, training, groups]).size).toBe(3)
  expect(Object.keys((await reader.fingerprint(use("training"))).parts).sort()).toEqual([
    ...["a.ts", "b.ts", "engine.ts", "gain.ts"]
  ])
  const holds = async () => [
    await reader.unchanged(code),
    await reader.unchanged(use("training")),
    await reader.unchanged(use("groups"))
  ]
  writeFileSync(engine, `// A comment.\n${text}export const other = 3\n`)
  expect(await holds()).toEqual([true, true, true])
  writeFileSync(join(root, "many.ts"), "export const many = 3\n")
  expect(await holds()).toEqual([true, true, false])
  writeFileSync(join(root, "gain.ts"), "export const gain = 2\n")
  expect(await holds()).toEqual([true, false, false])
})

test("an engine without the role, or without a file, is told of", async () => {
  const { root, code, reader } = makeReader()
  const use = (name: string) => ({
    ...code,
    engine: { module: pathToFileURL(join(root, name)), role: "groups", numericClass: "approximate" }
  })
  writeFileSync(join(root, "engine.ts"), "export const training = () => 1\n")
  await expect(reader.fingerprint(use("engine.ts"))).rejects.toThrow(/engine\.ts.*"groups"|"groups".*engine\.ts/)
  await expect(reader.fingerprint(use("none.ts"))).rejects.toThrow("none.ts cannot be read: there is no such file")
})
