/**
 * The reference engine: the same mathematics as every other engine, in plain loops in f64, one image at a time.
 *
 * It is an oracle for tests. It shares no code with the kernels, is written to be compared line by line with docs/science.md
 * ("One family of networks", "Training"), and is slow. Its own gradient is tested against finite differences.
 */
import type { Engine, Examples, FirstOrder, Score, Session, Vector } from "../../src/engine/engine.ts"
import { type Activation, type Network, type Tensor, tensors } from "../../src/network/network.ts"

export const reference: Engine = {
  name: "reference",
  numericClass: "reference-f64",
  open: async (network) => open(network)
}

/** Pre-activations of one image, [F, H, W] each: the stem's, then those of layers 0 … N-1. */
export function preActivations(network: Network, parameters: Vector, examples: Examples, index: number) {
  return forward(network, weightsOf(network, parameters), imageOf(network, examples, index)).preActivations
}

// ---------------------------------------------------------------------------------------------- activations

function activate(activation: Activation, z: number): number {
  switch (activation) {
    case "relu":
      return Math.max(z, 0) // NaN stays NaN
    case "tanh":
      return Math.tanh(z)
    case "sigmoid":
      return 1 / (1 + Math.exp(-z))
    case "identity":
      return z
  }
}

/** The derivative; that of ReLU at 0 is 0. */
function slope(activation: Activation, z: number): number {
  const a = activate(activation, z)
  switch (activation) {
    case "relu":
      return z > 0 ? 1 : 0
    case "tanh":
      return 1 - a * a
    case "sigmoid":
      return a * (1 - a)
    case "identity":
      return 1
  }
}

// ---------------------------------------------------------------------------------------------- convolution

interface Convolution {
  readonly weight: Float64Array // [F, C, K, K]
  readonly bias: Float64Array // [F]
}

/** Calls back for each product of a 'same' convolution with its output, weight and input position. */
function eachProduct(
  network: Network,
  inputChannels: number,
  visit: (output: number, weight: number, input: number) => void
) {
  const { height: H, width: W, filters: F, kernel: K } = network
  const border = (K - 1) / 2
  for (let f = 0; f < F; f++)
    for (let c = 0; c < inputChannels; c++)
      for (let ky = 0; ky < K; ky++)
        for (let kx = 0; kx < K; kx++)
          for (let y = 0; y < H; y++) {
            const inputY = y + ky - border
            if (inputY < 0 || inputY >= H) continue
            for (let x = 0; x < W; x++) {
              const inputX = x + kx - border
              if (inputX < 0 || inputX >= W) continue
              visit((f * H + y) * W + x, ((f * inputChannels + c) * K + ky) * K + kx, (c * H + inputY) * W + inputX)
            }
          }
}

/** z = weight * input + bias. input [C, H, W] → z [F, H, W]. */
function convolve(network: Network, { weight, bias }: Convolution, input: Float64Array): Float64Array {
  const { height: H, width: W, filters: F } = network
  const z = new Float64Array(F * H * W)
  for (let i = 0; i < z.length; i++) z[i] = bias[Math.floor(i / (H * W))]
  eachProduct(network, input.length / (H * W), (out, w, i) => {
    z[out] += weight[w] * input[i]
  })
  return z
}

/** Adds to `gradient` what dz contributes to weight and bias, and to `dInput` what it contributes to the input. */
function convolveBackward(
  network: Network,
  { weight }: Convolution,
  input: Float64Array,
  dz: Float64Array,
  gradient: Convolution,
  dInput: Float64Array
) {
  const { height: H, width: W } = network
  for (let i = 0; i < dz.length; i++) gradient.bias[Math.floor(i / (H * W))] += dz[i]
  eachProduct(network, input.length / (H * W), (out, w, i) => {
    gradient.weight[w] += dz[out] * input[i]
    dInput[i] += dz[out] * weight[w]
  })
}

// -------------------------------------------------------------------------------------------------- network

interface Weights {
  readonly stem: Convolution
  readonly layers: ReadonlyArray<Convolution>
  readonly dense: Convolution // weight [M, F·H·W], bias [M]
}

/** Views of a flat f64 vector; f32 vectors are copied. */
function weightsOf(network: Network, flat: Vector): Weights {
  const parameters = flat instanceof Float64Array ? flat : Float64Array.from(flat)
  const byName = new Map(tensors(network).map((tensor) => [tensor.name, tensor]))
  const view = ({ offset, size }: Tensor) => parameters.subarray(offset, offset + size)
  const pair = (name: string): Convolution => ({
    weight: view(byName.get(`${name}.weight`)!),
    bias: view(byName.get(`${name}.bias`)!)
  })
  return {
    stem: pair("stem"),
    layers: Array.from({ length: network.layers }, (_, i) => pair(`layers.${i}`)),
    dense: pair("dense")
  }
}

/** Image as [C, H, W], pixels / 255. */
function imageOf({ channels, height, width }: Network, { images }: Examples, index: number): Float64Array {
  const size = channels * height * width
  return Float64Array.from(images.subarray(index * size, (index + 1) * size), (pixel) => pixel / 255)
}

/** The layers of block j (from 0), by number. */
function block({ layers, depth }: Network, j: number): ReadonlyArray<number> {
  const side = layers / depth
  return Array.from({ length: side }, (_, i) => j * side + i)
}

interface Forward {
  readonly preActivations: ReadonlyArray<Float64Array> // of the stem, then of each layer, [F, H, W]
  readonly h: ReadonlyArray<Float64Array> // h_0 … h_d, [F, H, W]
  readonly logits: Float64Array // [M]
}

function forward(network: Network, weights: Weights, image: Float64Array): Forward {
  const { activation, depth, classes, residual, scale: λ = 1 } = network
  const zs = [convolve(network, weights.stem, image)]
  const h = [zs[0].map((z) => activate(activation, z))]
  for (let j = 0; j < depth; j++) {
    const next = residual ? h[j].slice() : new Float64Array(h[j].length)
    for (const layer of block(network, j)) {
      const z = convolve(network, weights.layers[layer], h[j])
      for (let i = 0; i < z.length; i++) next[i] += λ * activate(activation, z[i])
      zs.push(z)
    }
    h.push(next)
  }
  const features = h[depth]
  const logits = Float64Array.from({ length: classes }, (_, m) => {
    let sum = weights.dense.bias[m]
    for (let i = 0; i < features.length; i++) sum += weights.dense.weight[m * features.length + i] * features[i]
    return sum
  })
  return { preActivations: zs, h, logits }
}

/** Adds to `gradient` the gradient of one image's loss, given that of its logits. */
function backward(
  network: Network,
  weights: Weights,
  image: Float64Array,
  { preActivations: zs, h }: Forward,
  dLogits: Float64Array,
  gradient: Weights
) {
  const { activation, depth, residual, scale: λ = 1 } = network
  const features = h[depth]
  let dh = new Float64Array(features.length)
  dLogits.forEach((d, m) => {
    gradient.dense.bias[m] += d
    for (let i = 0; i < features.length; i++) {
      gradient.dense.weight[m * features.length + i] += d * features[i]
      dh[i] += d * weights.dense.weight[m * features.length + i]
    }
  })
  for (let j = depth - 1; j >= 0; j--) {
    const dPrevious = residual ? dh.slice() : new Float64Array(dh.length)
    for (const layer of block(network, j)) {
      const dz = dh.map((d, i) => λ * d * slope(activation, zs[layer + 1][i]))
      convolveBackward(network, weights.layers[layer], h[j], dz, gradient.layers[layer], dPrevious)
    }
    dh = dPrevious
  }
  const dz = dh.map((d, i) => d * slope(activation, zs[0][i]))
  convolveBackward(network, weights.stem, image, dz, gradient.stem, new Float64Array(image.length))
}

// ----------------------------------------------------------------------------------------------------- loss

/** log softmax of logits [M]. */
function logSoftmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0)
  return logits.map((logit) => logit - largest - Math.log(sum))
}

/** The loss of one example, and its gradient by the logits [M]. */
function lossOf({ loss = "cross-entropy", classes: M }: Network, logits: Float64Array, examples: Examples, at: number) {
  const label = examples.labels[at]
  const oneHot = logits.map((_, m) => (m === label ? 1 : 0))
  const target =
    examples.targets === undefined ? oneHot : Float64Array.from(examples.targets.subarray(at * M)).slice(0, M)
  const logP = logSoftmax(logits)
  const sum = (term: (m: number) => number) => logits.reduce((total, _, m) => total + term(m), 0)
  switch (loss) {
    case "cross-entropy":
      return { loss: -logP[label], dLogits: logP.map((l, m) => Math.exp(l) - oneHot[m]) }
    case "kl-divergence": {
      const whole = sum((m) => target[m])
      return {
        loss: sum((m) => (target[m] === 0 ? 0 * logP[m] : target[m] * (Math.log(target[m]) - logP[m]))),
        dLogits: logP.map((l, m) => whole * Math.exp(l) - target[m])
      }
    }
    case "squared-error":
      return {
        loss: sum((m) => (logits[m] - target[m]) ** 2) / M,
        dLogits: logits.map((z, m) => (2 * (z - target[m])) / M)
      }
  }
}

// ------------------------------------------------------------------------------------------------ optimizers

/** Number of vectors that a method keeps beside the parameters. */
const slotCount = { rmsprop: 1, adam: 2, sgd: 1 }

/** One step of Keras' RMSprop, Adam or SGD; `step` counts from 1. Changes parameters and slots. */
function update(
  optimizer: FirstOrder,
  parameters: Float64Array,
  gradient: Float64Array,
  slots: ReadonlyArray<Float64Array>,
  step: number,
  η: number
) {
  const δ = optimizer.decay?.rate ?? 0
  for (let i = 0; i < parameters.length; i++) {
    const θ = parameters[i]
    const g = optimizer.decay?.kind === "l2" ? gradient[i] + δ * θ : gradient[i]
    if (optimizer.decay?.kind === "decoupled") parameters[i] = θ - η * δ * θ
    if (optimizer.method === "rmsprop") {
      const [v] = slots
      v[i] = optimizer.rho * v[i] + (1 - optimizer.rho) * g * g
      parameters[i] -= (η * g) / Math.sqrt(v[i] + optimizer.epsilon)
    } else if (optimizer.method === "adam") {
      const [m, v] = slots
      const { beta1, beta2, epsilon } = optimizer
      m[i] = beta1 * m[i] + (1 - beta1) * g
      v[i] = beta2 * v[i] + (1 - beta2) * g * g
      const rate = (η * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
      parameters[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon)
    } else {
      const [velocity] = slots
      velocity[i] = optimizer.momentum * velocity[i] - η * g
      parameters[i] += velocity[i]
    }
  }
}

// --------------------------------------------------------------------------------------------------- session

function open(network: Network): Session {
  let parameters = new Float64Array(0)
  let slots: ReadonlyArray<Float64Array> = []
  let step = 0

  const all = ({ count }: Examples) => Uint32Array.from({ length: count }, (_, i) => i)

  /** Sum over the chosen examples; `see` gets each one's forward pass and the gradient of its loss by the logits. */
  function score(
    examples: Examples,
    indices: Uint32Array,
    see: (image: Float64Array, pass: Forward, dLogits: Float64Array) => void
  ): Score {
    const weights = weightsOf(network, parameters)
    let loss = 0
    let correct = 0
    for (const index of indices) {
      const image = imageOf(network, examples, index)
      const pass = forward(network, weights, image)
      const found = lossOf(network, pass.logits, examples, index)
      loss += found.loss
      correct += pass.logits.indexOf(Math.max(...pass.logits)) === examples.labels[index] ? 1 : 0
      see(image, pass, found.dLogits)
    }
    return { count: indices.length, loss, correct }
  }

  function gradient(examples: Examples, indices: Uint32Array = all(examples)) {
    const sum = new Float64Array(parameters.length)
    const weights = weightsOf(network, parameters)
    const result = score(examples, indices, (image, pass, dLogits) =>
      backward(network, weights, image, pass, dLogits, weightsOf(network, sum))
    )
    return { ...result, gradient: sum.map((g) => g / indices.length) }
  }

  return {
    network,
    load(state) {
      parameters = Float64Array.from(state.parameters)
      slots = (state.slots ?? []).map((slot) => Float64Array.from(slot))
      step = state.step ?? 0
    },
    save: () => ({ parameters: parameters.slice(), slots: slots.map((slot) => slot.slice()), step }),
    gradient,
    epoch(examples: Examples, order, batch, optimizer, rates) {
      if (slots.length === 0)
        slots = Array.from({ length: slotCount[optimizer.method] }, () => new Float64Array(parameters.length))
      let loss = 0
      let correct = 0
      let squaredNorms = 0
      let batches = 0
      for (let start = 0; start < order.length; start += batch) {
        const result = gradient(examples, order.subarray(start, start + batch))
        loss += result.loss
        correct += result.correct
        squaredNorms += result.gradient.reduce((sum, g) => sum + g * g, 0)
        update(optimizer, parameters, result.gradient, slots, (step += 1), rates?.[batches] ?? optimizer.learningRate)
        batches += 1
      }
      return { count: order.length, loss, correct, gradientNorm: Math.sqrt(squaredNorms / batches) }
    },
    evaluate: (examples: Examples, indices = all(examples)) => score(examples, indices, () => {}),
    logits(examples: Examples, indices = all(examples)) {
      const rows = new Float64Array(indices.length * network.classes)
      let row = 0
      score(examples, indices, (_image, pass) => {
        rows.set(pass.logits, row)
        row += network.classes
      })
      return rows
    },
    close() {}
  }
}
