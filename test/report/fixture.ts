/**
 * A fixture: trials that nobody ran. Scores follow smooth made-up laws of layers, filters and Q plus seeded noise, so
 * that reports can be tested and looked at; they say nothing about real networks.
 */
import { type Network, overdetermination, parameterCount } from "../../src/network/network.ts"
import { inScopes, type Settings } from "../../src/report/evidence/scope.ts"
import type { Trial, Unplaced } from "../../src/report/evidence/trial.ts"
import type { TrialsReport } from "../../src/report/trials/page.ts"
import type { Expansion } from "../../src/results/expansion.ts"
import type { HistoryLine } from "../../src/results/history.ts"

/** Uniform numbers in [0, 1) from a 32-bit hash of their coordinates. */
export function noise(...coordinates: ReadonlyArray<number>): number {
  let h = 0x9e3779b9
  for (const c of coordinates) {
    h = Math.imul(h ^ Math.round(c * 1e4), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h ^= h >>> 16
  }
  return (h >>> 0) / 2 ** 32
}
const bell = (...c: ReadonlyArray<number>) => noise(1, ...c) + noise(2, ...c) + noise(3, ...c) - 1.5 // deviation 0.5

export interface Plan {
  readonly datasets?: ReadonlyArray<string>
  readonly layers: ReadonlyArray<number>
  /** Pairs of layers and filters beyond the single-filter series. */
  readonly filters: ReadonlyArray<{ readonly layers: number; readonly filters: number }>
  readonly between?: ReadonlyArray<number>
  readonly kernels?: ReadonlyArray<number>
  readonly activations?: ReadonlyArray<"relu" | "tanh">
  readonly seeds: number
  readonly epochs?: number
  /** Added to the validation loss of parallel networks, nats. */
  readonly parallelPenalty?: number
  /** Ways of training, each of which all networks are trained in; one if left out. */
  readonly trainings?: ReadonlyArray<Settings>
  /** Share of the trials that diverge, and of those that are missing. */
  readonly lost?: number
}

const shapes: Readonly<Record<string, { channels: number; size: number; examples: number; floor: number }>> = {
  digits: { channels: 1, size: 28, examples: 8000, floor: 0.16 },
  mnist: { channels: 1, size: 28, examples: 60000, floor: 0.08 },
  cifar10: { channels: 3, size: 32, examples: 50000, floor: 1.1 }
}

/** As in a study's parameters, on axes. */
const training: Settings = {
  optimizer: "rmsprop",
  learningRate: 0.001,
  rho: 0.9,
  batch: 64,
  epochs: 20,
  engine: "wasm"
}

function trial(plan: Plan, dataset: string, network: Network, seed: number, varied: Settings): Unplaced {
  const { examples, floor } = shapes[dataset]
  const q = overdetermination(network, examples)
  const parallel = network.depth === 1 && network.layers > 1 ? 1 : 0
  const { layers, depth, filters, kernel, activation, residual } = network
  const settings = {
    ...{ dataset, examples, validation: examples / 4, splitSeed: 0 },
    ...{ layers, depth, filters, kernel, activation, residual, seed },
    ...training,
    ...varied
  }
  const where = [network.layers, network.filters, network.kernel, network.activation.length, dataset.length]
  const shared = bell(seed, ...where)
  const own = bell(seed, network.depth, ...where)
  const capacity = (network.layers ** 0.25 * network.filters ** 0.5) / (1 + 0.06 * parallel * network.layers ** 0.5)
  const train = ((floor * 1.6) / capacity / (1 + 2 / q)) * (1 + 0.1 * shared + 0.03 * own) + 1e-4
  const penalty = parallel * (plan.parallelPenalty ?? 0.004)
  const validation = floor * (1 + 0.6 / capacity) + 0.05 / q + penalty + 0.02 * shared + 0.004 * own
  const epochs = plan.epochs ?? 20
  const history: Array<HistoryLine> = Array.from({ length: epochs + 1 }, (_, epoch) => {
    const decay = 0.72 ** epoch * (1 + 0.1 * bell(seed, epoch, ...where))
    return {
      epoch,
      loss: epoch === 0 ? null : train + 2.2 * decay,
      accuracy: epoch === 0 ? null : 1 - Math.min(0.9, (train + 2.2 * decay) * 0.3),
      gradientNorm: epoch === 0 ? null : 1 + decay,
      validationLoss: validation + 2.1 * decay,
      validationAccuracy: 1 - Math.min(0.9, (validation + 2.1 * decay) * 0.3)
    }
  })
  const differs = Object.entries(varied).map(([axis, value]) => `,${axis}=${value}`)
  const label = `${dataset}/layers=${network.layers},depth=${network.depth},filters=${network.filters},kernel=${network.kernel},activation=${network.activation},seed=${seed}${differs.join("")}`
  const lost = noise(9, seed, network.depth, ...where) < (plan.lost ?? 0)
  const diverged = !lost && noise(8, seed, network.depth, ...where) < (plan.lost ?? 0)
  const nodes = {
    train: `train/${label}`,
    evaluate: `evaluate/${label}`,
    ...(network.depth > 1 ? { expand: `expand/${label}` } : {})
  }
  const guessing = { train: 0.12, validation: 0.12, entropy: 2.3 }
  const base = { dataset, network, seed, settings, examples, guessing, nodes }
  if (lost) return { ...base, history: undefined, metrics: undefined, moments: untaken(network) }
  const scores = { train: score(examples, train), validation: score(examples / 4, validation) }
  const summary = { epochs: diverged ? 3 : epochs, parameters: parameterCount(network), overdetermination: q }
  if (diverged) {
    const nothing = { count: examples, loss: Number.NaN, accuracy: 0.1 }
    const metrics = { status: "diverged", ...summary, train: nothing, validation: nothing } as const
    return { ...base, history: history.slice(0, 3), metrics, moments: untaken(network) }
  }
  const metrics = { status: "finished", ...summary, ...scores } as const
  const moments = untaken(network, epochs).map(({ epoch }) => ({
    epoch,
    analysis: expansion(epoch === 0, network, seed, validation)
  }))
  return { ...base, history, metrics, moments }
}

const score = (count: number, loss: number) => ({
  count,
  loss,
  accuracy: Math.round((1 - Math.min(0.9, loss * 0.3)) * count) / count
})

/** Before and after training, of a network that can be expanded: not there yet. */
const untaken = ({ depth }: Network, epochs = 20) =>
  depth > 1 ? [0, epochs].map((epoch) => ({ epoch, analysis: undefined })) : []

function expansion(initial: boolean, network: Network, seed: number, loss: number): Expansion {
  const strength = (initial ? 0.05 : 0.11) * network.depth ** 0.7 * (1 + 0.1 * bell(seed, network.depth))
  const second = strength
  const rest = network.depth > 2 ? -0.25 * strength * strength : 0
  const first = 1 - second - rest
  const line = (order: number, share: number, remainder: number, extra: number) => ({
    order,
    norm: share * share + 0.01,
    share,
    remainder,
    quartiles: null,
    loss: (initial ? 2.35 : loss) + extra,
    accuracy: initial ? 0.1 : 1 - Math.min(0.9, (loss + extra) * 0.3)
  })
  return {
    examples: 1000,
    blocks: network.depth,
    exact: [
      line(0, 0.4, 1, initial ? 0 : 2.4),
      line(1, first, Math.abs(second) + 0.02, initial ? 0 : 1.5 * strength),
      line(2, second, Math.abs(rest), initial ? 0 : 0.3 * strength)
    ],
    loss: initial ? 2.35 : loss,
    accuracy: initial ? 0.1 : 1 - Math.min(0.9, loss * 0.3),
    unchanged: 0,
    change: 1,
    spectrum: null,
    gradient: null,
    strength: null
  }
}

/** Every network of the plan, the one-layer networks once. */
export function syntheticTrials(plan: Plan): ReadonlyArray<Trial> {
  const trials: Array<Unplaced> = []
  for (const dataset of plan.datasets ?? ["digits"]) {
    const { channels, size } = shapes[dataset]
    const pairs = new Map<string, { layers: number; filters: number }>()
    for (const pair of [...plan.layers.map((layers) => ({ layers, filters: 1 })), ...plan.filters]) {
      pairs.set(`${pair.layers}/${pair.filters}`, pair)
    }
    for (const { layers, filters } of pairs.values())
      for (const kernel of plan.kernels ?? [3])
        for (const activation of plan.activations ?? (["relu"] as const))
          for (const depth of new Set([layers, 1, ...(plan.between ?? []).filter((d) => layers % d === 0)]))
            for (let seed = 0; seed < plan.seeds; seed++) {
              const shape = { channels, height: size, width: size, classes: 10 }
              const network = { ...shape, layers, depth, filters, kernel, activation, residual: true }
              for (const varied of plan.trainings ?? [{}]) trials.push(trial(plan, dataset, network, seed, varied))
            }
  }
  return inScopes(trials)
}

const wide = [2, 4, 8, 16, 32]

/** About 200 trials of one data set, as the study `quick` has them, with a few lost ones. */
export const quickPlan: Plan = {
  layers: [1, 2, 4, 8, 16],
  filters: wide.map((filters) => ({ layers: 4, filters })),
  seeds: 10,
  lost: 0.02
}

/** The grid of the study `paper`: 6,336 distinct trainings. */
export const paperPlan: Plan = {
  datasets: ["mnist", "cifar10"],
  layers: [1, 2, 4, 8, 16, 32],
  filters: [1, 2, 4, 8, 16, 32].flatMap((layers) => wide.map((filters) => ({ layers, filters }))),
  kernels: [3, 5, 7],
  activations: ["relu", "tanh"],
  seeds: 8,
  epochs: 100,
  lost: 0.02
}

export function syntheticReport(plan: Plan): TrialsReport {
  return {
    title: "Fixture: deep or shallow, on made-up numbers",
    question:
      "Can a deep residual stack be replaced by one broad layer? These numbers are invented to test the report.",
    assumptions: [
      {
        name: "optimizer",
        value: "RMSprop, learning rate 0.001, batch 64",
        why: "The paper's 1e-4 and 512 are for 60,000 images; 8,000 need larger steps."
      },
      { name: "padding", value: "'same'", why: "The sources do not say; residual sums need equal sizes." }
    ],
    trials: syntheticTrials(plan)
  }
}
