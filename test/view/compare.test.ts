/** Two sets of trials, paired by seed: what differs, and whether seeds differ as much. */
import { expect, test } from "vitest"
import { compareTrials } from "../../src/view/compare.ts"
import type { TrialTable, Value } from "../../src/view/trials.ts"

type Made = Readonly<Record<string, Value>>

function table(rows: ReadonlyArray<Made>): TrialTable {
  const kinds = {
    layers: "parameter",
    seed: "parameter",
    epochs: "parameter",
    ran: "metric",
    loss: "metric",
    key: "origin"
  } as const
  const names = Object.keys(kinds) as Array<keyof typeof kinds>
  return {
    columns: names.map((name) => ({ name, kind: kinds[name] })),
    rows: rows.map((row) => names.map((name) => row[name] ?? null)),
    without: { missing: 0, stale: 0, failed: 0, absent: 0 }
  }
}

const noise = [0.3, -0.2, 0.1, -0.4, 0.25, -0.15, 0.05, -0.1]
/** Trials of so many seeds at 1 and 2 layers; `gain` is what the epochs bring each seed. */
const trials = (epochs: number, seeds: number, gain: (seed: number) => number) =>
  table(
    [1, 2].flatMap((layers) =>
      Array.from({ length: seeds }, (_, seed) => ({
        layers,
        seed,
        epochs,
        ran: epochs,
        loss: layers + noise[seed] + gain(seed),
        key: `${layers} ${seed} ${epochs}`
      }))
    )
  )
const asked = { over: "seed", metric: "loss" }

test("a gain that all seeds have is told from one that is no more than their spread", () => {
  const before = trials(4, 8, () => 0)
  const { parameters, metrics, configurations, pairs } = compareTrials(
    before,
    trials(8, 8, (seed) => -0.5 + noise[seed] / 10),
    asked
  )
  expect(parameters).toEqual([
    { name: "epochs", values: [4, 8] },
    { name: "ran", values: [4, 8] } // the same in all of each: nothing that was measured
  ])
  expect(pairs).toBe(16)
  expect(metrics.map(({ metric }) => metric)).toEqual(["loss"])
  expect(metrics[0].difference).toBeCloseTo(-0.5 + noise.reduce((a, b) => a + b) / 80, 12)
  expect(metrics[0].verdict).toMatchObject({ kind: expect.stringMatching(/^different/), sign: -1 })
  expect(metrics[0].interval!.high).toBeLessThan(0)
  expect(configurations.map(({ at }) => at)).toEqual([{ layers: 1 }, { layers: 2 }])

  const none = compareTrials(
    before,
    trials(8, 8, (seed) => noise[seed]),
    asked
  )
  expect(none.metrics[0].verdict).toMatchObject({ kind: "open", why: { reason: "wide" } })
})

test("with few seeds it is left open, with the number that can tell", () => {
  const { metrics } = compareTrials(
    trials(4, 3, () => 0),
    trials(8, 3, () => -5),
    asked
  )
  expect(metrics[0]).toMatchObject({ seeds: 3, interval: undefined, verdict: { kind: "open", why: { needs: 6 } } })
})

test("trials without a partner, and those that are the same, are counted; a loss that is no number is in no difference", () => {
  const first = trials(4, 4, () => 0)
  const diverged = { ...first, rows: first.rows.map((row, i) => (i === 0 ? row.with(4, null) : row)) }
  const { pairs, same, alone, metrics } = compareTrials(
    diverged,
    trials(4, 6, () => 0),
    asked
  )
  expect({ pairs, same, alone }).toEqual({ pairs: 8, same: 8, alone: [0, 4] })
  expect(metrics).toEqual([])
})
