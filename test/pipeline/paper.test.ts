/** The study `paper`, made small, with the real command and a data set in the layout of MNIST's authors. */
import { hash } from "node:crypto"
import { mkdirSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { expect, test } from "vitest"
import { writeIdx } from "../../src/data/idx.ts"
import { end, executed, makeProject, type Project, publishedIn } from "../support/project.ts"

/** 600 training and 60 test images of 8×8 in three classes, told apart by where they are bright. */
function pictures(count: number) {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3)
  const images = Uint8Array.from({ length: count * 64 }, (_, i) => {
    const [image, pixel] = [Math.floor(i / 64), i % 64]
    return (pixel >> 4) % 3 === labels[image] ? 150 + ((image * 7 + pixel) % 100) : (image + pixel) % 50
  })
  return [writeIdx({ shape: [count, 8, 8], data: images }), writeIdx({ shape: [count], data: labels })]
}
const [trainImages, trainLabels] = pictures(600)
const [testImages, testLabels] = pictures(60)
const files = { trainImages, trainLabels, testImages, testLabels }
const names = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte"
}

function smallProject(): Project {
  const project = makeProject({ pipeline: "own" })
  for (const [file, bytes] of Object.entries(files))
    project.write(`mirror/tiny/${names[file as keyof typeof names]}.gz`, gzipSync(bytes))
  const digests = Object.fromEntries(
    Object.entries(files).map(([file, bytes]) => [
      file,
      { packed: "0".repeat(32), unpacked: hash("md5", bytes, "hex") }
    ])
  )
  project.write(
    "pipeline/datasets/tiny.ts",
    `import { dataSet } from "./dataset.ts"
import { idxFiles } from "./mnist-like.ts"

const { source, places } = idxFiles(${JSON.stringify(digests)}, { folders: ["tiny"], addresses: [] })
const shape = { count: 600, test: 60, channels: 1, height: 8, width: 8, classes: 3 }
export const tiny = dataSet({ name: "tiny", title: "tiny", source, places, shape, validation: 60, splitSeed: 0 })
`
  )
  project.edit(
    "pipeline/pipeline.ts",
    "const datasets = [",
    'import { tiny } from "./datasets/tiny.ts"\nconst datasets = [tiny, '
  )
  return project
}

const small = [
  ...["datasets=tiny", "layers=1,2", "filters=1,2", "kernels=3", "activations=relu", "seeds=0,1", "epochs=1"],
  ...["batch=64", "seriesLayers=2", "subsetExamples=30", "subsetLayers=2"]
].flatMap((setting) => ["--set", setting])
const evaluated = (names: ReadonlyArray<string>) => names.filter((name) => name.startsWith("evaluate/")).sort()

test("budget by budget to the whole of it: the report is there at any time and states its coverage", async () => {
  const project = smallProject()
  const run = (...more: ReadonlyArray<string>) =>
    project.json(["run", "paper", ...small, "--data-dir", "mirror", ...more])
  const report = () => project.read(`${publishedIn(first)}/index.md`)

  // Before anything ran: the price, and no file touched.
  const { stdout } = await project.run(["plan", "paper", ...small])
  expect(stdout).toContain("0 of 16 trials done")
  expect(stdout).toContain("since no train, evaluate ran on this machine yet")

  const first = await run("--budget", "3 trials")
  expect(evaluated(executed(first))).toEqual([
    "evaluate/tiny/layers=1,depth=1,filters=1,seed=0",
    "evaluate/tiny/layers=2,depth=1,filters=1,seed=0",
    "evaluate/tiny/layers=2,depth=2,filters=1,seed=0"
  ])
  expect(end(first)).toMatchObject({ failed: 0, skipped: 0, left: 8 })
  expect(report()).toContain("3 of 12 trials finished (25.0 %)")

  // The same budget again goes on; then nothing but a part of the grid.
  expect(evaluated(executed(await run("--budget", "3 trials")))).toEqual([
    "evaluate/tiny/layers=1,depth=1,filters=1,seed=1",
    "evaluate/tiny/layers=2,depth=1,filters=1,seed=1",
    "evaluate/tiny/layers=2,depth=2,filters=1,seed=1"
  ])
  const notices = (lines: Awaited<ReturnType<typeof run>>) =>
    lines.flatMap(({ type, message }) => (type === "notice" ? [message] : []))
  const part = await run("--where", "filters=2 && layers=1 && examples=600")
  expect(notices(part)).toEqual([]) // what it leaves out never ran, or is up to date
  expect(evaluated(executed(part))).toEqual([
    "evaluate/tiny/layers=1,depth=1,filters=2,seed=0",
    "evaluate/tiny/layers=1,depth=1,filters=2,seed=1"
  ])
  expect(executed(await run("--where", "filters=2 && layers=1 && examples=600"))).toEqual([])
  expect(report()).toContain("8 of 12 trials finished (66.7 %)")
  expect((await project.run(["plan", "paper", ...small])).stdout).toContain("8 of 16 trials done")

  await run()
  expect(report()).toContain("12 of 12 trials finished (100.0 %)")
  expect(report()).toContain("Small Q by subsets of the training set (tiny)")
  expect(executed(await run())).toEqual([])

  // Where what is left out is out of date, that is said, with the way back.
  project.edit("pipeline/stages/compute/evaluate.ts", "loss / count", "loss / (1 * count)")
  const after = await run("--where", "filters=2 && layers=1 && examples=600")
  expect(notices(after)).toEqual([
    "14 nodes that are left out ran before, but are no longer up to date: reports do without them until they run again"
  ])
  expect(report()).toContain("2 of 12 trials finished (16.7 %)")
  expect((await project.run(["plan", "paper", ...small, "--where", "filters=1"])).stdout).toContain(
    " left out ran before, "
  )
  await run()
  expect(report()).toContain("12 of 12 trials finished (100.0 %)")
  expect(notices(await run("--where", "filters=1"))).toEqual([])
})

test("without the files one message says which are wanted and where to put them", async () => {
  const project = smallProject()
  const refused = await project.run(["run", "tiny", "--data-dir", "nowhere"])
  expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--data-dir nowhere: ") })
  mkdirSync(project.path("nowhere"))
  const { code, stderr } = await project.run(["run", "tiny", "--data-dir", "nowhere"])
  expect(code).toBe(1)
  expect(stderr).toContain("expected the files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,")
  expect(stderr).toContain(`put them into ${project.path("nowhere/tiny")}`)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test("a budget, and a condition, that are none are told what they may be", async () => {
  const project = smallProject()
  const complaint = async (...args: ReadonlyArray<string>) => {
    const { code, stderr } = await project.run(["run", ...args])
    expect(code).toBe(2)
    return stderr
  }
  expect(await complaint("paper", ...small, "--budget", "soon")).toContain("expected a time (2h, 90min)")
  expect(await complaint("paper", ...small, "--where", "filers=1")).toContain("Did you mean 'filters'?")
})
