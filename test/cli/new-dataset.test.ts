/** `pipeline new dataset`: what it finds in real files it writes, formatted, and the data set is read as it was declared. */
import { execFileSync } from "node:child_process"
import { cpSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { executed, linesOf, makeProject, repository } from "../support/project.ts"

test("folders, arrays and tables become data sets that can be read", async () => {
  const project = makeProject({ pipeline: "own" })
  const fixtures = join(repository, "test/fixtures/images")
  for (const name of ["folders", "stored.npz", "grey.npy"])
    cpSync(join(fixtures, name), project.path(`data/${name}`), { recursive: true })
  for (const part of ["train", "test"])
    cpSync(join(fixtures, "folders"), project.path(`data/split/${part}`), { recursive: true })
  cpSync(join(fixtures, "labels.npy"), project.path("data/y.npy"))
  cpSync(join(fixtures, "grey.npy"), project.path("data/x.npy"))
  cpSync(join(repository, "biome.json"), project.path("biome.json"))
  const made = async (name: string, from: string) => {
    const { code, stdout, stderr } = await project.run(["new", "dataset", name, "--from", from])
    expect(code, stderr).toBe(0)
    expect(stdout.trim().split("\n")).toEqual([
      `pipeline/datasets/${name}.ts`,
      `test/pipeline/datasets/${name}.test.ts`,
      "pipeline/pipeline.ts"
    ])
    return stderr
  }
  expect(await made("faces", "data/folders")).toContain("data/folders: 6 image files in 3 classes, all 3×4")
  expect(await made("split-faces", "data/split/")).toContain("12 image files in 3 classes")
  expect(await made("in-arrays", "data/x.npy")).toContain("6 images of type uint8 in an array, in 3 classes")
  project.write(
    "data/square.csv",
    `label,${Array.from({ length: 4 }, (_, i) => `p${i}`)}\n${"a b,1,2,3,4\nü,5,6,7,8\n".repeat(3)}`
  )
  expect(await made("in-a-table", "data/square.csv")).toContain("a table of 6 images in 2 classes")
  expect(project.read("pipeline/datasets/split-faces.ts")).toContain(
    'source: { kind: "images", train: ["data/split/train"], test: ["data/split/test"] },'
  )
  const files = [
    "pipeline/pipeline.ts",
    ...["faces", "split-faces", "in-arrays", "in-a-table"].flatMap((name) => [
      `pipeline/datasets/${name}.ts`,
      `test/pipeline/datasets/${name}.test.ts`
    ])
  ]
  execFileSync(
    join(repository, "node_modules/.bin/biome"),
    ["check", "--error-on-warnings", "--vcs-enabled=false", ...files],
    { cwd: project.root }
  )
  const run = executed(await project.json(["run", "faces", "split-faces", "in-arrays", "in-a-table"]))
  expect(run).toEqual(
    expect.arrayContaining(["fetch/faces", "fetch/split-faces", "fetch/in-arrays", "fetch/in-a-table"])
  )

  // What they are like; the second time nothing runs.
  const looked = await project.run(["data", "faces", "split-faces", "--json"])
  expect(linesOf(looked.stdout), looked.stderr).toMatchObject([
    {
      type: "data",
      dataset: "faces",
      names: ["ant", "bee", "çat"],
      train: { count: 6, classes: [2, 2, 2] },
      test: null
    },
    {
      type: "data",
      dataset: "split-faces",
      equal: { train: 0, test: 0, between: 6 },
      page: "reports/data/split-faces/index.html"
    }
  ])
  expect(project.read("reports/data/split-faces/index.md")).toContain("6 of 6 test images (100.0 %) are equal")
  const again = await project.run(["data", "faces"])
  expect(again.stderr).toContain("0 executed")
  expect(again.stdout).toContain("classes             3; 2 training images each")
  expect((await project.run(["data", "chestmnist", "facse"])).stderr).toContain("of several of 14 classes at once")

  const refused = async (from: string) => {
    const { code, stdout, stderr } = await project.run(["new", "dataset", "other", "--from", from])
    expect([code === 0, stdout]).toEqual([false, ""])
    return stderr.trim()
  }
  expect(await refused("data/nothing")).toContain("data/nothing: expected a folder or a file, found nothing")
  expect(await refused("/etc")).toContain("expected a folder or a file in the project")
  expect(await refused("data/stored.npz")).toContain(
    "expected arrays of images and of labels, as `x_train` and `y_train`"
  )
  expect(await refused("data/grey.npy")).toContain("expected the labels beside the images")
  project.write("data/odd.csv", "0,1,2,3,4,5\n")
  expect(await refused("data/odd.csv")).toContain("expected square pictures, grey or colour, found 5 pixels each")
})
