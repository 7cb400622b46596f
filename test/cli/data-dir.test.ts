/** Where data sets' files are: a flag that names no folder is refused, a variable that does is told of where it counts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, onTestFinished, test, vi } from "vitest"
import { digits } from "../../pipeline/datasets/digits.ts"
import { dataDirNotice, dataDirOf } from "../../src/cli/data-dir.ts"
import { buildGraph } from "../../src/graph/graph.ts"

const graph = buildGraph(digits.nodes())
const planOf = (stage: string) => {
  const runs = graph.nodes.filter((node) => node.stage.name === stage).map(({ index }) => index)
  return { graph, decisions: [], wanted: new Set<number>(), unmakable: new Set<number>(), selection: runs, runs }
}

afterEach(() => void vi.unstubAllEnvs())

test("the flag goes before the variable, and must name a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, "file"), "")
  vi.stubEnv("PIPELINE_DATA_DIR", "/nowhere")
  expect(dataDirOf(folder)).toEqual({ dataDir: folder })
  expect(dataDirOf(undefined)).toEqual({ dataDir: "/nowhere" })
  expect(() => dataDirOf("/nowhere")).toThrow("--data-dir /nowhere: expected a folder, found nothing at /nowhere")
  expect(() => dataDirOf(join(folder, "file"))).toThrow("expected a folder, found a file")
  vi.stubEnv("PIPELINE_DATA_DIR", "")
  expect(dataDirOf(undefined)).toEqual({})
})

test("a variable that names no folder is told of where something is to be fetched", () => {
  expect(dataDirNotice(planOf("fetch"), { dataDir: "/nowhere" })).toBe(
    "PIPELINE_DATA_DIR: expected a folder, found nothing at /nowhere"
  )
  expect(dataDirNotice(planOf("preprocess"), { dataDir: "/nowhere" })).toBeUndefined()
  expect(dataDirNotice(planOf("fetch"), { dataDir: tmpdir() })).toBeUndefined()
  expect(dataDirNotice(planOf("fetch"), {})).toBeUndefined()
})
