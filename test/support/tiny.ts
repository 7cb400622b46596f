/** A data set of a project's own: 6×6 pictures of three classes, told apart by their brightness. */
import { writeIdx } from "../../src/data/idx.ts"
import type { Project } from "./project.ts"

/** Adds the data set `tiny` as a user would, one file and one line, and gives its pixels. */
export function addTiny(project: Project, count: number, validation: number): Uint8Array {
  const images = Uint8Array.from({ length: count * 36 }, (_, i) => (Math.floor(i / 36) % 3) * 60 + ((i * i) % 97))
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3)
  project.write("data/images.idx", writeIdx({ shape: [count, 6, 6], data: images }))
  project.write("data/labels.idx", writeIdx({ shape: [count], data: labels }))
  project.write(
    "pipeline/datasets/tiny.ts",
    `import { dataSet } from "./dataset.ts"

export const tiny = dataSet({
  name: "tiny",
  title: "small pictures",
  source: { kind: "idx", images: "data/images.idx", labels: "data/labels.idx" },
  shape: { count: ${count}, channels: 1, height: 6, width: 6, classes: 3 },
  validation: ${validation},
  splitSeed: 0
})
`
  )
  project.edit(
    "pipeline/pipeline.ts",
    "const datasets = [",
    'import { tiny } from "./datasets/tiny.ts"\nconst datasets = [tiny, '
  )
  return images
}
