/** The scales that all figures share: colours and shapes of series, axes of values. */
import { colours, ordered } from "./figures.ts"

const between = [colours.purple, colours.green, colours.amber, colours.sky] as const
const shapes = { sequential: "circle", parallel: "triangle-up" } as const

/** Colours and shapes of series: sequential and parallel have theirs everywhere, others take the next free one. */
export function seriesScales(series: ReadonlyArray<string>) {
  const others = series.filter((name) => name !== "sequential" && name !== "parallel")
  const colour = (name: string): string =>
    name === "sequential"
      ? colours.blue
      : name === "parallel"
        ? colours.vermillion
        : between[others.indexOf(name) % between.length]
  const shape = (name: string): string => shapes[name as keyof typeof shapes] ?? "square"
  return {
    color: { field: "series", type: "nominal", scale: { domain: series, range: series.map(colour) } },
    shape: { field: "series", type: "nominal", scale: { domain: series, range: series.map(shape) } }
  } as const
}

/** Colours of ordered values, spread over the range so that neighbours differ most. */
export function orderedColours(count: number): ReadonlyArray<string> {
  const step = count < 2 ? 0 : (ordered.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, i) => ordered[Math.round(i * Math.max(step, 1)) % ordered.length])
}

const decades = Array.from({ length: 24 }, (_, i) => Number(`1e${i - 14}`))

/**
 * Scale and axis for values, with a little room at both ends: logarithmic, with ticks at 1 and 3, where the values are
 * positive and span a decade or more. `most` is the greatest value that makes sense (1 for fractions).
 */
export function valueScale(values: Iterable<number>, format: string, most = Number.POSITIVE_INFINITY) {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low <= 0 || high / low < 10) {
    const room = high > low ? 0.06 * (high - low) : Math.abs(low) / 10 + 1e-6
    const domain = [low - room, Math.min(high + room, Math.max(high, most))]
    return { scale: { type: "linear", domain, nice: false, zero: false }, axis: { title: null, format }, suffix: "" }
  }
  const domain = [low * 0.8, high * 1.25]
  const steps = high / low < 1e4 ? [1, 3] : [1]
  const ticks = decades.flatMap((decade) => steps.map((step) => Number((step * decade).toPrecision(1))))
  const shown = ticks.filter((tick) => tick >= domain[0] && tick <= domain[1])
  return {
    scale: { type: "log", domain, nice: false },
    // Beyond these a number is not read digit by digit.
    axis: { title: null, format: low < 1e-5 || high > 1e6 ? "~g" : format, values: shown, labelOverlap: false },
    suffix: ", log scale"
  }
}
