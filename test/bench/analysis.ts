/**
 * Benchmark of the Taylor-term analysis: processor seconds for 256 examples of 28×28×1 on one core, and how many
 * passes through the network each view costs.
 *
 *     node test/bench/analysis.ts
 *
 * What must hold: exact terms up to order 3 of 32 layers of 16 filters under 60 seconds; spectrum and gradient in all
 * orders in no more than about N passes.
 */
import { jacobianNorms } from "../../src/analysis/jacobians.ts"
import { gradientByLength } from "../../src/analysis/paths.ts"
import { frozenSpectrum } from "../../src/analysis/spectrum.ts"
import { exactTerms } from "../../src/analysis/terms.ts"
import type { Precision } from "../../src/engine/engine.ts"
import { deepNetwork } from "../../src/engine/probe/networks.ts"
import { analyze } from "../../src/engine/wasm/analysis.ts"
import { initialValues } from "../../src/network/initial.ts"
import { randomExamples } from "../engine/random.ts"

const EXAMPLES = 256

function seconds(run: () => void, times: number): number {
  run()
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / times
}

const cells: ReadonlyArray<readonly [layers: number, filters: number, precision: Precision, order: number]> = [
  [16, 1, "f64", 4],
  [32, 1, "f64", 3],
  [12, 4, "f64", 12],
  [32, 16, "f32", 3]
]
console.log("layers,filters,precision,order,pass,exact,spectrum,gradient,norms,spectrum_passes,gradient_passes")
for (const [layers, filters, precision, order] of cells) {
  const network = deepNetwork(layers, filters)
  const analysis = analyze(network, initialValues(network, 1), precision)
  const examples = randomExamples(network, analysis.lanes, 1)
  const group = Array.from({ length: analysis.lanes }, (_, i) => i)
  const groups = EXAMPLES / analysis.lanes
  const pass = groups * seconds(() => analysis.run(examples, group), 20)
  const [exact, spectrum, gradient, norms] = [
    exactTerms(analysis, order),
    frozenSpectrum(analysis, layers),
    gradientByLength(analysis, layers),
    jacobianNorms(analysis)
  ].map((view) => groups * seconds(view, 1))
  const shown = [pass, exact, spectrum, gradient, norms].map((s) => s.toFixed(2))
  console.log(
    [layers, filters, precision, order, ...shown, ...[spectrum, gradient].map((s) => (s / pass).toFixed(1))].join()
  )
}
