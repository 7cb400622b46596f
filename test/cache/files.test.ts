/** Files are hashed in pieces, whatever their size. */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { digestOfFile } from "../../src/cache/files.ts"

test("a file's digest is that of its bytes, of none and of more than a piece", () => {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "file")
  for (const size of [0, 1, 1 << 22, (1 << 22) + 1, 11_000_000]) {
    const bytes = Buffer.alloc(size, "seven b")
    writeFileSync(path, bytes)
    expect(digestOfFile(path, "file")).toBe(createHash("sha256").update(bytes).digest("hex"))
  }
  expect(() => digestOfFile(folder, "data")).toThrow("the file data cannot be read: it is a folder")
})

test("a file larger than Node reads at once has a digest", () => {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "file")
  writeFileSync(path, "")
  truncateSync(path, 2 ** 31)
  // Of 2 GiB of zeros, by `head -c 2147483648 /dev/zero | sha256sum`.
  expect(digestOfFile(path, "file")).toBe("a7c744c13cc101ed66c29f672f92455547889cc586ce6d44fe76ae824958ea51")
})
