import type { Activation } from "../../network/network.ts"

/** Codes of the activations in kernels/shape.ts. */
export const ACTIVATIONS: Readonly<Record<Activation, number>> = { relu: 0, tanh: 1, sigmoid: 2, identity: 3 }
