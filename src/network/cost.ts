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
