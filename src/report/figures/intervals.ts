/** Figures of means with their intervals, a row each: what was tested, at a glance. */
import { mean } from "../../statistics/statistics.ts"
import { type Family, judgedMembers } from "../evidence/families.ts"
import { colours, type Figure, ink, type Panel } from "../page/figures.ts"
import { list } from "../page/format.ts"

/** A panel for each family, a row for each of its members; the grey band is the margin. Undefined where nothing has run. */
export function intervalsFigure(
  families: ReadonlyArray<Family>,
  { name, title, caption }: Pick<Figure, "name" | "title" | "caption">
): Figure | undefined {
  const rows = families.flatMap((family) =>
    judgedMembers(family).flatMap(({ name, differences, looked }) => {
      if (differences.length === 0) return []
      const centre = mean(differences)
      const { low, high } = looked.interval ?? { low: centre, high: centre }
      return [{ family, member: name, mean: centre, low, high, seeds: differences.length }]
    })
  )
  if (rows.length === 0) return undefined
  const panels = families.flatMap((family): ReadonlyArray<Panel> => {
    const own = rows
      .filter((row) => row.family === family)
      .map(({ member, mean, low, high }) => ({ member, mean, low, high }))
    if (own.length === 0) return []
    const all = own.flatMap(({ low, high }) => [low, high])
    const { margin } = family
    const [least, most] = [Math.min(-margin, ...all), Math.max(margin, ...all)]
    const room = 0.05 * (most - least)
    const y = { field: "member", type: "nominal", sort: own.map(({ member }) => member), axis: { title: null } }
    const x = { type: "quantitative", scale: { domain: [least - room, most + room], nice: false, zero: false } }
    const axis = { title: null, format: "~r", tickCount: 5 }
    return [
      {
        title: family.measure,
        alt: `${list(own.map(({ member, mean }) => `${member} ${family.show(mean)}`))}.`,
        spec: {
          height: 60 + 24 * own.length,
          layer: [
            {
              data: { values: [{ low: -margin, high: margin }] },
              mark: { type: "rect", color: colours.grey, opacity: 0.18 },
              encoding: { x: { ...x, field: "low", axis }, x2: { field: "high" } }
            },
            {
              data: { values: [{ zero: 0 }] },
              mark: { type: "rule", strokeDash: [3, 3], color: ink },
              encoding: { x: { ...x, field: "zero", axis } }
            },
            {
              data: { values: own },
              mark: { type: "rule", strokeWidth: 2, color: ink },
              encoding: { y, x: { ...x, field: "low", axis }, x2: { field: "high" } }
            },
            {
              data: { values: own },
              mark: { type: "point", filled: true, opacity: 1, size: 60, color: colours.blue },
              encoding: { y, x: { ...x, field: "mean", axis } }
            }
          ]
        }
      }
    ]
  })
  return {
    name,
    title,
    caption: `${caption} Points are means over the seeds, lines their intervals at 95 % (none below six seeds), each for itself; in the grey band a difference counts as none.`,
    panels,
    columns: ["measure", "network", "mean", "low", "high", "seeds"].map((column) => ({ name: column, title: column })),
    rows: rows.map(({ family, member, mean, low, high, seeds }) => [family.measure, member, mean, low, high, seeds])
  }
}
