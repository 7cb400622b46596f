/** A panel of differences, a row each: their means with intervals, beside no difference and, where there is one, the margin. */
import { colours, ink, type Panel } from "../page/figures.ts"
import { list, signed } from "../page/format.ts"

export interface DifferenceRow {
  readonly name: string
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface DifferencesPanel {
  readonly title: string
  readonly alt: string
  /** What the horizontal axis shows; null: the title says it. */
  readonly measured: string | null
  /** Drawn as a grey band, where given. */
  readonly margin?: number
  /** Of the horizontal axis: where panels are to have the same. */
  readonly domain?: readonly [least: number, most: number]
}

/** The horizontal axis that shows all these rows, no difference, and the margin. */
export function domainOf(rows: ReadonlyArray<DifferenceRow>, margin = 0): readonly [least: number, most: number] {
  const all = rows.flatMap(({ low, high }) => [low, high])
  const [least, most] = [Math.min(-margin, ...all), Math.max(margin, ...all)]
  const room = 0.05 * (most - least) || 0.1
  return [least - room, most + room]
}

/** For who cannot see it: "few +0.01 (open) and many −0.02 (equal)." */
export const saidOf = (rows: ReadonlyArray<DifferenceRow & { readonly said: string }>): string =>
  `${list(rows.map(({ name, mean, said }) => `${name} ${signed(mean)} (${said})`))}.`

export function differencesPanel(
  rows: ReadonlyArray<DifferenceRow>,
  { title, alt, measured, margin, domain = domainOf(rows, margin) }: DifferencesPanel
): Panel {
  const values = rows.map(({ name, mean, low, high }) => ({ name, mean, low, high }))
  const x = { type: "quantitative", scale: { domain, nice: false, zero: false } }
  const axis = { title: measured, format: "~r", tickCount: 5 }
  const y = { field: "name", type: "nominal", sort: rows.map(({ name }) => name), axis: { title: null } }
  const band = {
    data: { values: [{ low: -(margin ?? 0), high: margin }] },
    mark: { type: "rect", color: colours.grey, opacity: 0.18 },
    encoding: { x: { ...x, field: "low", axis }, x2: { field: "high" } }
  }
  return {
    title,
    alt,
    spec: {
      height: 60 + 24 * rows.length,
      layer: [
        ...(margin === undefined ? [] : [band]),
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: "rule", strokeDash: [3, 3], color: ink },
          encoding: { x: { ...x, field: "zero", axis } }
        },
        {
          data: { values },
          mark: { type: "rule", strokeWidth: 2, color: ink },
          encoding: { y, x: { ...x, field: "low", axis }, x2: { field: "high" } }
        },
        {
          data: { values },
          mark: { type: "point", filled: true, opacity: 1, size: 60, color: colours.blue },
          encoding: { y, x: { ...x, field: "mean", axis } }
        }
      ]
    }
  }
}
