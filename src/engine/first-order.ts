/**
 * First-order methods as Keras 3 defines them, for engines that have none of their own. Each step is computed in f64
 * and rounded once, when it is stored.
 */
import { power } from "../network/math.ts"
import type { FirstOrder, Vector } from "./engine.ts"

/** How many vectors of the parameters' size a method keeps: v; m and v; velocity. */
export function slotCount(optimizer: FirstOrder): number {
  return optimizer.method === "adam" ? 2 : 1
}

/** What step number `step` (the first is 1) multiplies its direction by. `learningRate`: the optimizer's, or another. */
export function stepRate(optimizer: FirstOrder, step: number, learningRate = optimizer.learningRate): number {
  if (optimizer.method !== "adam") return learningRate
  const { beta1, beta2 } = optimizer
  return (learningRate * Math.sqrt(1 - power(beta2, step))) / (1 - power(beta1, step))
}

/**
 * Step number `step` (the first is 1) along the gradient of the batch's mean loss; changes parameters and slots, and
 * where weights decay by the gradient, that.
 */
export function applyStep(
  optimizer: FirstOrder,
  parameters: Vector,
  slots: ReadonlyArray<Vector>,
  gradient: Vector,
  step: number
): void {
  const size = parameters.length
  const rate = stepRate(optimizer, step)
  const { decay } = optimizer
  if (decay?.kind === "l2") for (let i = 0; i < size; i++) gradient[i] += decay.rate * parameters[i]
  if (decay?.kind === "decoupled") {
    const part = optimizer.learningRate * decay.rate
    for (let i = 0; i < size; i++) parameters[i] -= part * parameters[i]
  }
  switch (optimizer.method) {
    case "rmsprop": {
      const { rho, epsilon } = optimizer
      const [v] = slots
      for (let i = 0; i < size; i++) {
        const g = gradient[i]
        const square = rho * v[i] + (1 - rho) * g * g
        v[i] = square
        parameters[i] -= (rate * g) / Math.sqrt(square + epsilon)
      }
      return
    }
    case "adam": {
      const { beta1, beta2, epsilon } = optimizer
      const [m, v] = slots
      for (let i = 0; i < size; i++) {
        const g = gradient[i]
        const mean = m[i] + (g - m[i]) * (1 - beta1)
        const square = v[i] + (g * g - v[i]) * (1 - beta2)
        m[i] = mean
        v[i] = square
        parameters[i] -= (rate * mean) / (Math.sqrt(square) + epsilon)
      }
      return
    }
    case "sgd": {
      const { momentum } = optimizer
      const [velocity] = slots
      for (let i = 0; i < size; i++) {
        const step = momentum * velocity[i] - rate * gradient[i]
        velocity[i] = step
        parameters[i] += step
      }
    }
  }
}
