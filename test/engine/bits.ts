/** Results as text, to be compared bit by bit, and the optimizers that tests go through. */
import type { FirstOrder, TrainingState } from "../../src/engine/engine.ts"

export const optimizers: ReadonlyArray<FirstOrder> = [
  { method: "rmsprop", learningRate: 1e-3, rho: 0.9, epsilon: 1e-7 },
  { method: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { method: "sgd", learningRate: 1e-2, momentum: 0.9 }
]

/** The bytes of vectors and numbers, for comparing bit by bit. */
export function bits(...values: ReadonlyArray<ArrayBufferView | number>): string {
  return values
    .map((value) => (typeof value === "number" ? Float64Array.of(value) : value))
    .map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString("hex"))
    .join(" ")
}

export const bitsOfState = ({ parameters, slots, step }: TrainingState) => bits(parameters, ...slots, step)
