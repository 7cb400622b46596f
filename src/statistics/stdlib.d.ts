/**
 * The parts of @stdlib/stats that are used. Its modules are CommonJS folders without an export map, so an ES module
 * imports their files, beside which there are no types.
 */
declare module "@stdlib/stats/base/dists/normal/cdf/lib/index.js" {
  export default function cdf(x: number, mean: number, deviation: number): number
}
declare module "@stdlib/stats/base/dists/normal/quantile/lib/index.js" {
  export default function quantile(p: number, mean: number, deviation: number): number
}
declare module "@stdlib/stats/base/dists/t/cdf/lib/index.js" {
  export default function cdf(x: number, degreesOfFreedom: number): number
}
declare module "@stdlib/stats/base/dists/t/quantile/lib/index.js" {
  export default function quantile(p: number, degreesOfFreedom: number): number
}
declare module "@stdlib/stats/ranks/lib/index.js" {
  /** Ranks from 1, ties share their average. */
  export default function ranks(values: ReadonlyArray<number>): Array<number>
}
declare module "@stdlib/stats/padjust/lib/index.js" {
  export default function padjust(p: ReadonlyArray<number>, method: "holm"): Array<number>
}
