/**
 * A page: sections of texts, tables and figures, written as one self-contained HTML file, as Markdown, and as the CSV
 * and SVG files that both refer to; what it claims also as JSON. Nothing is loaded from a network; it opens from disk.
 */

import { answerOf, CLAIMS, type Claim, claimsFile, questionText } from "./claims.ts"
import { type Figure, figureHtml, figureMarkdown, panelFile, panelSvg, svgFile } from "./figures.ts"
import { escapeHtml, inlineHtml } from "./format.ts"
import { script } from "./script.ts"
import { type Sheet, sheetHtml, sheetMarkdown, stripFile } from "./sheet.ts"
import { styleSheet } from "./style.ts"
import { type Table, tableCsv, tableHtml, tableMarkdown } from "./tables.ts"

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "claims"; readonly claims: ReadonlyArray<Claim> }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "figure"; readonly figure: Figure }
  | { readonly kind: "sheet"; readonly sheet: Sheet }

export const text = (value: string): Block => ({ kind: "text", text: value })

/** Those of the figures that there are. */
export const figures = (all: ReadonlyArray<Figure | undefined>): ReadonlyArray<Block> =>
  all.flatMap((figure) => (figure === undefined ? [] : [{ kind: "figure", figure } as const]))

export interface Section {
  readonly id: string
  readonly title: string
  readonly blocks: ReadonlyArray<Block>
}

export interface Page {
  readonly title: string
  readonly lead: string
  readonly sections: ReadonlyArray<Section>
}

function blockHtml(block: Block, svgs: ReadonlyMap<Figure, ReadonlyArray<string>>): string {
  switch (block.kind) {
    case "text":
      return `<p>${inlineHtml(block.text)}</p>`
    case "claims": {
      const item = ({ holds, sentence, figure, ...asked }: Claim) =>
        `<li><span class="mark ${answerOf(holds)}">${answerOf(holds)}</span> <span><span class="question">${inlineHtml(questionText(asked))}</span> ${inlineHtml(sentence)}${figure === undefined ? "" : ` <a href="#figure-${figure}">figure</a>`}</span></li>`
      return `<ul class="claims">${block.claims.map(item).join("\n")}</ul>`
    }
    case "code":
      return `<pre tabindex="0"><code>${escapeHtml(block.text)}</code></pre>`
    case "table":
      return tableHtml(block.table)
    case "figure":
      return figureHtml(block.figure, svgs.get(block.figure)!)
    case "sheet":
      return sheetHtml(block.sheet)
  }
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case "text":
      return block.text
    case "claims":
      return block.claims
        .map(({ holds, sentence, ...asked }) => `- **${questionText(asked)} ${answerOf(holds)}.** ${sentence}`)
        .join("\n")
    case "code":
      return `    ${block.text.replaceAll("\n", "\n    ")}`
    case "table":
      return tableMarkdown(block.table)
    case "figure":
      return figureMarkdown(block.figure)
    case "sheet":
      return sheetMarkdown(block.sheet)
  }
}

function pageHtml(page: Page, svgs: ReadonlyMap<Figure, ReadonlyArray<string>>): string {
  const link = (id: string, title: string) => `<li><a href="#${id}">${inlineHtml(title)}</a></li>`
  const contents = page.sections.map(({ id, title }) => link(id, title)).join("")
  const parts = page.sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => {
      if (block.kind === "sheet") return [link(`sheet-${block.sheet.name}`, block.sheet.title)]
      if (block.kind === "figure") return [link(`figure-${block.figure.name}`, block.figure.title)]
      return block.kind === "table" ? [link(`table-${block.table.name}`, block.table.title)] : []
    })
  )
  const all =
    parts.length === 0
      ? ""
      : `\n<details class="parts"><summary>All figures and tables</summary><ul>${parts.join("")}</ul></details>`
  const sections = page.sections.map(
    ({ id, title, blocks }) =>
      `<section id="${id}"><h2>${inlineHtml(title)}</h2>\n${blocks.map((block) => blockHtml(block, svgs)).join("\n")}\n</section>`
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<header><h1>${inlineHtml(page.title)}</h1>
<p class="lead">${inlineHtml(page.lead)}</p>
<nav aria-label="Contents"><ul>${contents}</ul>${all}</nav></header>
<main>
${sections.join("\n")}
</main>
<script>${script}</script>
</body>
</html>
`
}

function pageMarkdown(page: Page): string {
  const sections = page.sections.map(({ title, blocks }) => [`## ${title}`, ...blocks.map(blockMarkdown)].join("\n\n"))
  return `${[`# ${page.title}`, page.lead, ...sections].join("\n\n")}\n`
}

/** All files of a page by their path. */
export async function renderPage(page: Page): Promise<Readonly<Record<string, Uint8Array>>> {
  const blocks = page.sections.flatMap((section) => section.blocks)
  const files = new Map<string, string | Uint8Array>()
  const svgs = new Map<Figure, ReadonlyArray<string>>()
  for (const block of blocks) {
    if (block.kind === "table") files.set(`data/${block.table.name}.csv`, tableCsv(block.table))
    if (block.kind === "sheet")
      for (const [i, { png }] of block.sheet.strips.entries()) files.set(stripFile(block.sheet, i), png)
    if (block.kind === "figure") {
      const { figure } = block
      const panels: Array<string> = []
      for (const panel of figure.panels) {
        const svg = await panelSvg(panel)
        files.set(panelFile(figure, panels.length), svgFile(svg))
        panels.push(svg)
      }
      svgs.set(figure, panels)
      files.set(`data/${figure.name}.csv`, tableCsv(figure))
    }
  }
  const claims = blocks.flatMap((block) => (block.kind === "claims" ? block.claims : []))
  if (claims.length > 0) files.set(CLAIMS, claimsFile(claims))
  files.set("index.html", pageHtml(page, svgs))
  files.set("index.md", pageMarkdown(page))
  const encoder = new TextEncoder()
  return Object.fromEntries(
    [...files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, content]) => [path, typeof content === "string" ? encoder.encode(content) : content])
  )
}
