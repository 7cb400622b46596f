/** What a folder is taken for. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { zipSync } from "fflate"
import { expect, onTestFinished, test } from "vitest"
import { lookAt } from "../../../src/data/files/look.ts"
import { folderOf } from "../../support/folder.ts"
import { repository } from "../../support/project.ts"

test("what is deflated or gzipped is unpacked to look at it, and nothing of that is left", async () => {
  const pixels = new Uint8Array(40 * 64)
  const npy = (shape: string, data: Uint8Array) => {
    const header = Buffer.from(
      `\x93NUMPY\x01\0\0\0{'descr': '|u1', 'fortran_order': False, 'shape': (${shape},), }\n`,
      "latin1"
    )
    header.writeUInt16LE(header.length - 10, 8)
    return Uint8Array.from(Buffer.concat([header, data]))
  }
  const labels = Uint8Array.from({ length: 40 }, (_, i) => (i % 3) + 1)
  const table = `label,${Array.from({ length: 64 }, (_, i) => `p${i}`)}\n${`7,${pixels.subarray(0, 64)}\n`.repeat(40)}`
  const project = folderOf({
    "data/set.npz": zipSync({ "x_train.npy": npy("40, 8, 8", pixels), "y_train.npy": npy("40", labels) }),
    "data/table.csv.gz": gzipSync(table)
  })
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith("pipeline-unpacked-")).length
  const before = left()
  expect((await lookAt(project, "data/set.npz")).shape).toMatchObject({ count: 40, height: 8, width: 8, classes: 3 })
  expect((await lookAt(project, "data/table.csv.gz")).said).toBe("a table of 40 images in 1 class")
  expect(left()).toBe(before)
})

test("a folder that holds one file of images is that file; of several one is to be named", async () => {
  const project = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  const fixture = (name: string, as: string) =>
    cpSync(join(repository, "test/fixtures/images", name), join(project, "data", as))
  fixture("grey.npy", "x.npy")
  fixture("labels.npy", "y.npy")
  expect(await lookAt(project, "data")).toEqual(await lookAt(project, "data/x.npy"))
  fixture("stored.npz", "more.npz")
  await expect(lookAt(project, "data")).rejects.toThrow(
    "data: expected pictures in a folder for each class, or one file of images, found 2 files of arrays or tables (data/more.npz, data/x.npy); name one of them"
  )
})
