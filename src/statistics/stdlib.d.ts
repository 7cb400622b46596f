/**
 * The functions of @stdlib that are used, each a package of its own: the whole library is twelve times as large. Their own
 * types ask for arrays that may be changed.
 */
declare module "@stdlib/stats-base-dists-normal-cdf" {
  export default function cdf(x: number, mean: number, deviation: number): number
}
declare module "@stdlib/stats-base-dists-normal-quantile" {
  export default function quantile(p: number, mean: number, deviation: number): number
}
declare module "@stdlib/stats-base-dists-t-cdf" {
  export default function cdf(x: number, degreesOfFreedom: number): number
}
declare module "@stdlib/stats-base-dists-t-quantile" {
  export default function quantile(p: number, degreesOfFreedom: number): number
}
declare module "@stdlib/stats-ranks" {
  /** Ranks from 1, ties share their average. */
  export default function ranks(values: ReadonlyArray<number>): Array<number>
}
declare module "@stdlib/stats-padjust" {
  export default function padjust(p: ReadonlyArray<number>, method: "holm"): Array<number>
}
