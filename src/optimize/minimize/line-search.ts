/**
 * Line search for the strong Wolfe conditions: Nocedal & Wright, Numerical Optimization (2006), algorithms 3.5 (a bracket)
 * and 3.6 (its zoom), with cubic interpolation. Values count as equal where they differ by less than they are rounded:
 * close to a minimum the slopes decide, as with Hager & Zhang's approximate conditions (SIAM J. Optim. 16, 2005).
 */

/** A function along a line, at one step from where the search starts: value and derivative by the step. */
export interface AtStep {
  readonly value: number
  readonly slope: number
}

export interface Wolfe {
  /** Sufficient decrease: φ(α) ≤ φ(0) + c1 α φ′(0). */
  readonly c1: number
  /** Curvature: |φ′(α)| ≤ c2 |φ′(0)|. */
  readonly c2: number
  /** Evaluations that it may take. */
  readonly most: number
  /** By how much values may be wrong, as a share of φ(0). */
  readonly rounding: number
}

export type Searched<E extends AtStep> =
  | { readonly found: true; readonly step: number; readonly at: E }
  /**
   * The slope is not negative; or no step was found: within the evaluations allowed, or because the shortest one that
   * was tried changes the value by no more than it is rounded by.
   */
  | { readonly found: false; readonly why: "no descent" | "exhausted" | "rounded" }

/** One end of a bracket; its value is infinite where there is no finite one. */
interface End {
  readonly step: number
  readonly value: number
  readonly slope: number
}

/** Takes the steps it asks for, in turn, starting at `first`; `φ` is evaluated at each, and may be NaN or infinite. */
export function search<E extends AtStep>(
  phi: (step: number) => E,
  start: AtStep,
  first: number,
  { c1, c2, most, rounding }: Wolfe
): Searched<E> {
  if (!(start.slope < 0 && Number.isFinite(start.value) && Number.isFinite(start.slope) && first > 0))
    return { found: false, why: "no descent" }
  const slack = rounding * Math.abs(start.value)
  let left = most
  let shortest = { step: Number.POSITIVE_INFINITY, value: Number.POSITIVE_INFINITY }
  let found: { readonly step: number; readonly at: E } | undefined
  /** Evaluates, and sets `found` where both conditions hold. */
  const take = (step: number): End => {
    left--
    const at = phi(step)
    const { value, slope } = at
    if (step < shortest.step) shortest = { step, value }
    if (!Number.isFinite(value) || !Number.isFinite(slope)) return { step, value: Number.POSITIVE_INFINITY, slope: 0 }
    if (isLow({ step, value }) && Math.abs(slope) <= -c2 * start.slope) found = { step, at }
    return { step, value, slope }
  }
  const isLow = ({ step, value }: Pick<End, "step" | "value">) => value <= start.value + c1 * step * start.slope + slack

  const bracket = grow({ step: 0, ...start }, first)
  if (found === undefined && bracket !== undefined) zoom(...bracket)
  if (found !== undefined) return { found: true, ...found }
  return { found: false, why: Math.abs(shortest.value - start.value) <= slack ? "rounded" : "exhausted" }

  /** Algorithm 3.5: steps grow until an interval must hold one that serves. Its end of the lower value comes first. */
  function grow(from: End, step: number): readonly [End, End] | undefined {
    let before = from
    for (let next = step; left > 0 && Number.isFinite(next); ) {
      const now = take(next)
      if (found !== undefined) return undefined
      if (!isLow(now) || (before.step > 0 && now.value > before.value + slack)) return [before, now]
      if (now.slope >= 0) return [now, before]
      next = beyond(before, now)
      before = now
    }
    return undefined
  }

  /** Algorithm 3.6. `low` has the lowest value so far, and its slope points into the interval. */
  function zoom(low: End, high: End): void {
    let width = Math.abs(high.step - low.step)
    let before = Number.POSITIVE_INFINITY // the width two steps ago
    let last = Number.POSITIVE_INFINITY
    while (left > 0 && found === undefined) {
      const next = inside(low, high, width > 0.66 * before)
      if (next === low.step || next === high.step) return // nothing between them
      const now = take(next)
      if (!isLow(now) || now.value > low.value + slack) high = now
      else {
        if (now.slope * (high.step - low.step) >= 0) high = low
        low = now
      }
      ;[before, last, width] = [last, width, Math.abs(high.step - low.step)]
    }
  }
}

/** Where a cubic through values and slopes of two points has its minimum (N&W 3.59); NaN where it has none. */
function cubicMinimum(a: End, b: End): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step)
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope)
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2)
}

/** A step beyond `now`, at least a tenth and at most four times as far again as it is from `before`. */
function beyond(before: End, now: End): number {
  const way = now.step - before.step
  const guess = cubicMinimum(before, now)
  const most = now.step + 4 * way
  return guess > now.step ? Math.min(most, Math.max(guess, now.step + 0.1 * way)) : most
}

/** A step between two ends: where the cubic has its minimum, or in the middle if that is asked for or it lies near an end. */
function inside(low: End, high: End, halve: boolean): number {
  const middle = low.step + (high.step - low.step) / 2
  if (halve || !Number.isFinite(high.value)) return middle
  const guess = cubicMinimum(low, high)
  const share = (guess - low.step) / (high.step - low.step)
  return share > 0.02 && share < 0.98 ? guess : middle
}
