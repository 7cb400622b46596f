import { describe, expect, it } from "vitest"
import { trialAxes } from "../../../../pipeline/stages/axes.ts"
import report from "../../../../pipeline/stages/compute/report.ts"
import type { Network } from "../../../../src/network/network.ts"
import type { Unplaced } from "../../../../src/report/evidence/trial.ts"
import { trialsReport } from "../../../../src/report/trials/page.ts"
import { syntheticReport } from "../../../report/fixture.ts"
import { artifact } from "../../../support/artifact.ts"

const { title, question, assumptions, trials } = syntheticReport({
  layers: [1, 2, 4],
  filters: [{ layers: 2, filters: 4 }],
  seeds: 6,
  lost: 0.1,
  epochs: 2
})

const input = (node: string | undefined, value: string) => artifact(value, node)

const parametersOf = ({ layers, depth, filters, kernel, activation, residual }: Network) => ({
  ...{ layers, depth, filters, activation, residual },
  kernel: kernel as 3,
  optimizer: { method: "rmsprop" as const, learningRate: 0.001, rho: 0.9, epsilon: 1e-7 },
  batch: 64,
  epochs: 2,
  engine: "wasm" as const
})
const dataSet = (name: string, { channels, height, width, classes }: Network, examples: number) => ({
  name,
  shape: { count: examples + 2000, test: 0, channels, height, width, classes },
  validation: 2000,
  examples: null,
  splitSeed: 0
})

/** The trials as the stage's nodes would hand them over: artifacts in collections, `undefined` where there is none. */
function contextOf(all: ReadonlyArray<Unplaced>): Parameters<typeof report>[0] {
  const lines = (values: ReadonlyArray<unknown>) => values.map((value) => `${JSON.stringify(value)}\n`).join("")
  return {
    parameters: {
      title,
      question,
      assumptions,
      trials: all.map(({ dataset, network, seed, examples }) => ({
        trial: { ...parametersOf(network), dataset: dataSet(dataset, network, examples), seed }
      }))
    },
    engine: undefined,
    inputs: {},
    collections: {
      datasets: [{ counts: input("classes/digits", JSON.stringify({ train: [6000, 2000], validation: [1500, 500] })) }],
      trials: all.map((t) => ({
        history: t.history && input(t.nodes.train, lines(t.history)),
        metrics: t.metrics && input(t.nodes.evaluate, JSON.stringify(t.metrics)),
        expansions: t.moments.map(({ analysis }) => analysis && input(t.nodes.expand, JSON.stringify(analysis)))
      }))
    },
    files: {},
    checkpoints: { latest: () => undefined, offer: () => {} },
    threads: 1,
    scratch: () => "",
    device: () => {},
    progress: () => {}
  }
}

describe("the report's compute module", () => {
  it("gives the report of the trials whose artifacts it collects, lost ones included", async () => {
    const diverged = trials.filter((t) => t.metrics?.status === "diverged")
    const missing = trials.filter((t) => t.metrics === undefined)
    expect(Math.min(diverged.length, missing.length)).toBeGreaterThan(0)
    // Nodes that gave nothing have no name among the inputs.
    const known = trials.map((t) => ({
      ...t,
      guessing: { train: 0.75, validation: 0.75, entropy: Math.log(4) - 0.75 * Math.log(3) },
      settings: trialAxes({
        ...parametersOf(t.network),
        dataset: dataSet(t.dataset, t.network, t.examples),
        seed: t.seed
      }),
      nodes: Object.fromEntries(
        Object.entries(t.nodes).filter(
          ([stage]) => (stage === "expand" ? t.moments.at(-1)?.analysis : t.metrics) !== undefined
        )
      )
    }))
    const expected = await trialsReport({ title, question, assumptions, trials: known })
    expect(await report(contextOf(trials))).toEqual(expected)
  })
})
