/** Figures of means with their intervals, a row each: what was tested, at a glance. */
import { mean } from "../../statistics/statistics.ts"
import { type Family, judgedMembers } from "../evidence/families.ts"
import type { Figure, Panel } from "../page/figures.ts"
import { list } from "../page/format.ts"
import { differencesPanel } from "./differences.ts"

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
      .map(({ member, mean, low, high }) => ({ name: member, mean, low, high }))
    if (own.length === 0) return []
    const { measure, margin, show } = family
    const alt = `${list(own.map(({ name, mean }) => `${name} ${show(mean)}`))}.`
    return [differencesPanel(own, { title: measure, alt, measured: null, margin })]
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
