/**
 * Networks taken apart by the engine `wasm`: a module of its own (kernels/analysis.ts), so that its digest is in no keys
 * of trainings. A state is a handle to [lanes, F, H, W] numbers in the kernels' memory.
 */
import { copyImage } from "../../data/images.ts"
import { type Network, parameterCount } from "../../network/network.ts"
import type { Analysis, Analyst, State } from "../analysis.ts"
import type { Precision, Vector } from "../engine.ts"
import { targetsOf } from "../targets.ts"
import { type Builds, load } from "./modules.ts"
import { type MultiplyAdd, multiplyAddHere, readClass } from "./multiply-add.ts"

/** What the kernels do as the interface has it: a handle is an address. */
type Direct = Pick<Analysis, "block" | "addLayers" | "addJacobian" | "addTransposedJacobian" | "combine">

/** Exports of kernels/analysis.ts; addresses in bytes. */
export interface AnalysisKernels extends Direct {
  readonly memory: { readonly buffer: ArrayBuffer }
  parametersAt(): number
  pixelsAt(): number
  labelsAt(): number
  targetsAt(): number
  valuesAt(): number
  logitsAt(): number
  arrange(): void
  newState(): State
  newImage(): number
  run(): void
  stateAt(j: number): State
  stateBytes(): number
  innerProducts(a: number, b: number): void
  scoreState(h: number, count: number): number
  lossGradient(h: number, count: number, out: number): void
  readImage(h: number, lane: number, to: number): void
  writeImage(h: number, lane: number, from: number): void
}

const BUILDS: Record<Precision, Builds> = {
  f32: {
    fused: new URL("./build/analysis-f32.wasm", import.meta.url),
    plain: new URL("./build/analysis-f32-plain.wasm", import.meta.url)
  },
  f64: {
    fused: new URL("./build/analysis-f64.wasm", import.meta.url),
    plain: new URL("./build/analysis-f64-plain.wasm", import.meta.url)
  }
}

/** The analysis in one numeric class. Throws `EngineUnavailable` if this process cannot compute in it. */
export function analysis(numericClass: string): Analyst {
  const { precision, multiplyAdd } = readClass(numericClass)
  return {
    numericClass,
    precision,
    analyze: (network, parameters) => analyze(network, parameters, precision, multiplyAdd)
  }
}

/** Takes the network with these parameters apart. */
export const analyze = (
  network: Network,
  parameters: Vector,
  precision: Precision,
  multiplyAdd: MultiplyAdd = multiplyAddHere()
): Analysis =>
  analysisBy(load<AnalysisKernels>(BUILDS[precision], multiplyAdd, network), network, parameters, precision)

/** By these kernels, which are set up for the network. */
export function analysisBy(
  kernels: AnalysisKernels,
  network: Network,
  parameters: Vector,
  precision: Precision
): Analysis {
  const { channels: C, height: H, width: W, classes: M, depth, filters: F } = network
  const lanes = precision === "f32" ? 4 : 2
  const size = C * H * W
  // Not kept: the memory's buffer is another one after each new state.
  const view = (address: number, length: number): Vector =>
    precision === "f32"
      ? new Float32Array(kernels.memory.buffer, address, length)
      : new Float64Array(kernels.memory.buffer, address, length)
  const values = () => new Float64Array(kernels.memory.buffer, kernels.valuesAt(), lanes).slice(0, count)
  const stateSize = kernels.stateBytes() / (precision === "f32" ? 4 : 8)
  const image = kernels.newImage()
  const scratch = kernels.newState()
  let count = 0
  view(kernels.parametersAt(), parameterCount(network)).set(parameters)
  kernels.arrange()

  return {
    network,
    lanes,
    run(examples, indices) {
      const { images, labels } = examples
      const copyTargets = targetsOf(network, examples)
      count = indices.length
      const pixels = new Uint8Array(kernels.memory.buffer, kernels.pixelsAt(), lanes * size)
      const groupLabels = new Int32Array(kernels.memory.buffer, kernels.labelsAt(), lanes)
      for (let l = 0; l < lanes; l++) {
        const index = indices[Math.min(l, count - 1)]
        copyImage(images, index, size, pixels, l * size)
        groupLabels[l] = labels[index]
        copyTargets?.(index, view(kernels.targetsAt(), lanes * M), l * M)
      }
      kernels.run()
    },
    trajectory: (j) => kernels.stateAt(j),
    state: () => kernels.newState(),
    block: kernels.block,
    addLayers: kernels.addLayers,
    addJacobian: kernels.addJacobian,
    addTransposedJacobian: kernels.addTransposedJacobian,
    combine: kernels.combine,
    subset(active, out) {
      kernels.combine(out, 0, kernels.stateAt(0), 1)
      for (let j = 1; j <= depth; j++) {
        if (active[j - 1]) kernels.block(j, out, scratch)
        if (active[j - 1] || !network.residual)
          kernels.combine(out, network.residual ? 1 : 0, scratch, active[j - 1] ? 1 : 0)
      }
    },
    inner(a, b) {
      kernels.innerProducts(a, b)
      return values()
    },
    score(h) {
      const correct = kernels.scoreState(h, count)
      return { losses: values(), correct }
    },
    logits(h) {
      kernels.scoreState(h, count)
      const columns = view(kernels.logitsAt(), M * lanes) // [M, lanes]
      return Float64Array.from({ length: count * M }, (_, i) => columns[(i % M) * lanes + Math.floor(i / M)])
    },
    values: (h) => view(h, stateSize),
    lossGradient: (h, out) => kernels.lossGradient(h, count, out),
    read(h, example) {
      kernels.readImage(h, example, image)
      return view(image, F * H * W).slice()
    },
    write(h, example, numbers) {
      view(image, F * H * W).set(numbers)
      kernels.writeImage(h, example, image)
    }
  }
}
