/** Made-up analyses of sequential networks whose truncation is as good, or as bad, as asked for. */
import { inScopes } from "../../../src/report/evidence/scope.ts"
import type { ExpansionReport } from "../../../src/report/expansion/page.ts"
import { continuations, type Expanded } from "../../../src/report/expansion/rows.ts"
import type { Expansion, Order } from "../../../src/results/expansion.ts"
import type { Metrics } from "../../../src/results/metrics.ts"

export interface Plan {
  /** R_1 after training, with 4 layers. */
  readonly left: number
  /** Accuracy that T_0 + T_1 costs through the trained dense layer, and through one trained again. */
  readonly cost: number
  readonly costAgain: number
  /** How much better the parallel network that was trained itself is than the sequential one. */
  readonly gain: number
}

const split = (accuracy: number) => ({ count: 100, loss: 1 - accuracy, accuracy })

const metrics = (accuracy: number): Metrics => ({
  status: "finished",
  epochs: 2,
  parameters: 100,
  overdetermination: 10,
  train: split(accuracy),
  validation: split(accuracy)
})

function analysis(layers: number, left: number): Expansion {
  const order = (k: number): Order => ({
    order: k,
    norm: k === 0 ? 4 : 1 / k ** 2,
    share: k === 0 ? 0 : 1 / layers,
    remainder: k === layers ? 0 : k === 0 ? 1 : left / k,
    quartiles: [left / 2, left, 2 * left],
    loss: 0.3,
    accuracy: 0.9
  })
  const orders = Array.from({ length: layers + 1 }, (_, k) => order(k))
  return {
    examples: 32,
    blocks: layers,
    loss: 0.3,
    accuracy: 0.9,
    unchanged: 0,
    change: 1.5,
    exact: orders,
    spectrum: orders.map((o) => ({ ...o, bent: left / 10 })),
    gradient: orders.map((_, k) => ({ length: k, norm: 1 / (k + 1), share: 1 / (layers + 1), separately: 1 })),
    strength: {
      perBlock: orders
        .slice(1)
        .map(() => ({ norm: [0.5, left, 2] as const, flippedAtInput: left / 4, flippedAtFirstOrder: left / 8 })),
      whole: [left, 4 * left, 8 * left]
    }
  }
}

/** The networks and the parallel ones beside them, as trials. */
export const trialsOf = (networks: ReadonlyArray<Expanded>): ExpansionReport["trials"] =>
  inScopes(
    networks.flatMap(({ scope, network, seed, metrics, parallel }) =>
      [metrics, parallel].map((scores, i) => ({
        dataset: scope.dataset,
        network: i === 0 ? network : { ...network, depth: 1 },
        seed,
        settings: {},
        examples: 8000,
        guessing: undefined,
        nodes: {},
        history: undefined,
        metrics: scores,
        moments: []
      }))
    )
  )

export function syntheticExpansion({ left, cost, costAgain, gain }: Plan, seeds = [0, 1]): ExpansionReport {
  const networks = [2, 4].flatMap((layers) =>
    seeds.map((seed): Expanded => {
      const whole = 0.9 + seed / 1000
      const cut = (order: number | null, lost: number, again: number) => ({
        order,
        trained: { train: split(whole - lost), validation: split(whole - lost) },
        retrained: { train: split(whole - again), validation: split(whole - again) }
      })
      const line = (epoch: number, accuracy: number) => ({
        epoch,
        loss: 0.3,
        accuracy: 0.9,
        gradientNorm: 1,
        validationLoss: 1 - accuracy,
        validationAccuracy: accuracy
      })
      return {
        scope: { name: "digits", slug: "digits", dataset: "digits", cells: [] },
        network: {
          ...{ channels: 1, height: 28, width: 28, classes: 10, kernel: 3, activation: "relu", residual: true },
          ...{ layers, depth: layers, filters: 1 }
        },
        seed,
        moments: [
          { epoch: 0, analysis: analysis(layers, 0.5) },
          { epoch: 2, analysis: analysis(layers, (left * layers) / 4) }
        ],
        metrics: metrics(whole),
        parallel: metrics(whole + gain),
        readout: [cut(0, 0.5, 0.4), cut(1, cost, costAgain), cut(2, cost / 2, costAgain / 2), cut(null, 0, 0)],
        continued: continuations.map((kind) => ({
          kind,
          history: [line(0, whole - (kind.includes("→") ? cost : 0)), line(2, whole + 0.01)],
          metrics: metrics(whole + 0.01)
        })),
        nodes: { expand: `expand/digits/layers=${layers},seed=${seed}` }
      }
    })
  )
  const assumptions = [{ name: "engine", value: "wasm", why: "float32 (numeric class wasm-f32)" }]
  return {
    title: "Does the expansion hold?",
    question: "Is the rest small?",
    assumptions,
    networks,
    trials: trialsOf(networks)
  }
}
