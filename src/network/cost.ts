/** What a training costs: operations at rates that were measured once, by filters and kernel. */
import type { Network } from "./network.ts"

/** The file `pipeline/rates.json`, as test/bench/rates.ts writes it. */
export interface Rates {
  readonly processor: string
  readonly rates: ReadonlyArray<{
    readonly filters: number
    readonly kernel: number
    /** Of training on one core, convolutions counted as direct ones. */
    readonly operationsPerSecond: number
  }>
}

/** The rate of the network's filters and kernel, or of the nearest that were measured. */
export function rateOf({ rates }: Rates, { filters, kernel }: Pick<Network, "filters" | "kernel">): number {
  const distance = (rate: Rates["rates"][number]) =>
    Math.abs(rate.filters / filters - 1) + Math.abs(rate.kernel / kernel - 1)
  return rates.reduce((a, b) => (distance(b) < distance(a) ? b : a)).operationsPerSecond
}

/**
 * Ways to go once through the examples: a step for each mini-batch, loss and gradient over all of them, or a product with
 * the curvature, which is in f64 whatever the precision.
 */
export type PassKind = "batches-f32" | "whole-f32" | "whole-f64" | "product"

/** The file `pipeline/method-rates.json`, as test/bench/method-rates.ts writes it. */
export interface MethodRates {
  readonly processor: string
  readonly rates: ReadonlyArray<Rates["rates"][number] & { readonly pass: PassKind }>
}

/** The rate of a kind of pass, of the network's filters and kernel or of the nearest that were measured. */
export const passRateOf = (
  { processor, rates }: MethodRates,
  pass: PassKind,
  network: Pick<Network, "filters" | "kernel">
): number => rateOf({ processor, rates: rates.filter((rate) => rate.pass === pass) }, network)
