/** Scores that only some studies ask for stand in tables where they are, and nowhere else. */
import { expect, test } from "vitest"
import { corruptionsTable, furtherScores } from "../../src/report/evidence/further-scores.ts"
import { inScopes } from "../../src/report/evidence/scope.ts"
import { configurationsTable, trialsTable } from "../../src/report/evidence/trial-tables.ts"
import { trialsReport } from "../../src/report/trials/page.ts"
import { syntheticTrials } from "./fixture.ts"

const plain = syntheticTrials({
  layers: [1, 2],
  filters: [],
  seeds: 2,
  trainings: [{ labelNoise: 0 }, { labelNoise: 0.2, labelNoiseKind: "symmetric" }]
})
const score = (accuracy: number) => ({ count: 100, loss: 1 - accuracy, accuracy })
/** Trials with noise have memorized 0.5 at seed 0 and 0.7 at seed 1; all are scored on corrupted images. */
const trials = inScopes(
  plain.map(({ scope: _, ...trial }) => ({
    ...trial,
    metrics: trial.metrics && {
      ...trial.metrics,
      test: score(0.9),
      corrupted: {
        jpeg: { 1: score(0.8), 5: score(trial.network.depth === 1 ? 0.6 : 0.4) },
        "gaussian-noise": { 1: score(0.7) }
      },
      meanCorruptionError: 0.3,
      ...(trial.settings.labelNoise !== 0 && {
        memorization: { wrong: 20, memorized: 0.5 + 0.2 * trial.seed, corrected: 0.1, learned: null }
      })
    }
  }))
)

test("without any, tables are as they were", () => {
  expect(furtherScores(plain, "means")).toMatchObject({ columns: [], note: undefined })
  expect(corruptionsTable(plain)).toBeUndefined()
  const before = new Set(trialsTable(plain).columns.map(({ name }) => name))
  const added = trialsTable(trials)
    .columns.map(({ name }) => name)
    .filter((name) => !before.has(name))
  expect(added).toEqual([
    ...["wrong_labels", "memorized", "corrected", "learned", "test_loss", "test_accuracy", "mean_corruption_error"],
    ...["jpeg_1_accuracy", "jpeg_5_accuracy", "gaussian_noise_1_accuracy"]
  ])
})

test("means are over those that have one; what none has is left open", () => {
  const table = configurationsTable(trials)
  const at = (name: string) => table.columns.findIndex((column) => column.name === name)
  const [noise, memorized, learned] = ["label_noise", "memorized", "learned"].map(at)
  for (const row of table.rows) {
    expect(row[memorized]).toBe(row[noise] === 0 ? null : 0.6)
    expect(row[learned]).toBeNull()
    expect(row[at("mean_corruption_error")]).toBeCloseTo(0.3)
  }
  expect(table.note).toMatch(/memorized.*Mean corruption error/)
})

test("errors stand by kind and severity, of deep and shallow networks apart, and by what varies", () => {
  const table = corruptionsTable(trials)!
  const names = table.columns.map(({ name }) => name)
  expect(names.slice(-6)).toEqual(["architecture", "corruption", "severity_1", "severity_5", "mean", "networks"])
  const row = (architecture: string, kind: string) =>
    table.rows.filter((cells) => cells.includes(architecture) && cells.includes(kind)).map((cells) => cells.slice(-4))
  // Of each share of noise: two seeds.
  for (const [first, fifth, mean, networks] of row("parallel", "jpeg")) {
    expect([first, fifth, mean].map((cell) => Number(cell).toFixed(3))).toEqual(["0.200", "0.400", "0.300"])
    expect(networks).toBe(2)
  }
  expect(row("sequential", "jpeg")).toHaveLength(2)
  for (const cells of row("sequential", "gaussian-noise")) expect(cells[1]).toBeNull()
})

test("a page and its files have them", { timeout: 60_000 }, async () => {
  const files = await trialsReport({ title: "Own", question: "?", assumptions: [], trials })
  const text = (name: string) => new TextDecoder().decode(files[name])
  expect(text("index.md")).toContain("## On corrupted images")
  expect(text("data/corruptions.csv").split("\n")[0]).toMatch(/label_noise.*,severity_1,severity_5,mean,networks$/)
  expect(text("data/trials.csv").split("\n")[0]).toContain("memorized")
})
