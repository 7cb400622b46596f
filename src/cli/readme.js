/** `npm run findings`: puts the page of findings into README.md, between its two marks. Plain JavaScript: npm starts it. */
import { readFileSync, writeFileSync } from "node:fs"

const BEGIN = "<!-- findings: written by `npm run findings` -->"
const END = "<!-- end of findings -->"

/**
 * The README with another summary: the page's Markdown without its title, headings as bold lines, links from the root.
 *
 * @param {string} readme
 * @param {string} page
 */
export function withSummary(readme, page) {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`README.md: expected the lines ${BEGIN} and ${END}`)
  const summary = page
    .replace(/^# .*\n\n/, "")
    .replace(/^## (.*)$/gm, "**$1**")
    .replace(/\]\(([a-z0-9-]+\/index)\.html\)/g, "](reports/$1.md)")
  return `${before}${BEGIN}\n\n${summary.trim()}\n\n${END}${after}`
}

if (process.argv[1]?.endsWith("readme.js"))
  writeFileSync("README.md", withSummary(readFileSync("README.md", "utf8"), readFileSync("reports/index.md", "utf8")))
