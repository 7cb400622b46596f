/** A panel of differences, a row each: their means with intervals, beside no difference and the margin around it. */
import { colours, type Panel } from "../page/figures.ts"
import { list, signed } from "../page/format.ts"

export interface DifferenceRow {
  readonly name: string
  readonly mean: number
  readonly low: number
  readonly high: number
  /** Its verdict, in words. */
  readonly said: string
}

/** `measured`: what the horizontal axis shows. */
export function differencesPanel(
  rows: ReadonlyArray<DifferenceRow>,
  { title, measured, margin }: { readonly title: string; readonly measured: string; readonly margin: number }
): Panel {
  const all = rows.flatMap(({ low, high }) => [low, high])
  const [least, most] = [Math.min(-margin, ...all), Math.max(margin, ...all)]
  const room = 0.05 * (most - least)
  const x = { type: "quantitative", scale: { domain: [least - room, most + room], nice: false, zero: false } }
  const axis = { title: measured, format: "~r", tickCount: 5 }
  const y = { field: "name", type: "nominal", sort: rows.map(({ name }) => name), axis: { title: null } }
  return {
    title,
    alt: `${list(rows.map(({ name, mean, said }) => `${name} ${signed(mean)} (${said})`))}.`,
    spec: {
      layer: [
        {
          data: { values: [{ low: -margin, high: margin }] },
          mark: { type: "rect", color: colours.grey, opacity: 0.18 },
          encoding: { x: { ...x, field: "low", axis }, x2: { field: "high" } }
        },
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: "rule", strokeDash: [3, 3] },
          encoding: { x: { ...x, field: "zero", axis } }
        },
        {
          data: { values: rows },
          mark: { type: "rule", strokeWidth: 2 },
          encoding: { y, x: { ...x, field: "low", axis }, x2: { field: "high" } }
        },
        {
          data: { values: rows },
          mark: { type: "point", filled: true, size: 60 },
          encoding: { y, x: { ...x, field: "mean", axis } }
        }
      ]
    }
  }
}
