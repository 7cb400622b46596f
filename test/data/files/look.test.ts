/** What a folder is taken for. */
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { lookAt } from "../../../src/data/files/look.ts"
import { repository } from "../../support/project.ts"

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
