/**
 * Figures: Vega-Lite specifications drawn to SVG without a browser, the same bytes everywhere.
 *
 * A figure is one or more panels of one size, which the page puts side by side where there is room. Colours are
 * those of Okabe & Ito (2008), which colour-blind readers tell apart; a series has the same colour and shape in every
 * figure. Nothing in a panel has an id, so that many fit in one page.
 */
import * as vega from "vega"
import { compile, type TopLevelSpec } from "vega-lite"
import { escapeHtml, inlineHtml } from "./format.ts"
import type { Cell, Column } from "./tables.ts"

export interface Panel {
  /** What the vertical axis shows, above it. */
  readonly title: string
  /** What there is to see, for those who do not see it. */
  readonly alt: string
  /** Marks and encodings; size, theme and title are added here. */
  readonly spec: Readonly<Record<string, unknown>>
}

export interface Figure {
  readonly name: string // figures/NAME.svg, data/NAME.csv
  readonly title: string
  readonly caption: string
  readonly panels: ReadonlyArray<Panel>
  /** The data drawn, written to data/NAME.csv. */
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>
}

export const ink = "#1c2127"
const muted = "#5c6670"
const line = "#dfe3e8"
const paper = "#ffffff"

export const colours = {
  blue: "#0072b2",
  vermillion: "#d55e00",
  green: "#009e73",
  purple: "#cc79a7",
  amber: "#e69f00",
  sky: "#56b4e9",
  grey: "#8a939c"
} as const

/**
 * Colours of an axis with an order (layers, filters), from few to many: none of them is a series' of `colours`. After
 * viridis (van der Walt & Smith 2015), which stays in order for the colour-blind and in print.
 */
export const ordered = ["#c2a500", "#7fb82e", "#22a07a", "#2a7390", "#414487", "#440154"] as const

/** The same panel in the dark: the page maps these colours by style sheet. */
export const inTheDark: Readonly<Record<string, string>> = {
  "#2a7390": "#4fa3c4",
  "#414487": "#8088d8",
  "#440154": "#b06fd0",
  [ink]: "#e6e9ec",
  [muted]: "#a3adb7",
  [line]: "#333a42",
  [paper]: "#15181c",
  [colours.blue]: "#4aa8e0",
  [colours.vermillion]: "#f08544",
  [colours.green]: "#2fbf94",
  [colours.purple]: "#dd9abf",
  [colours.amber]: "#edb233",
  [colours.grey]: "#98a2ac"
}

const width = 440
const height = 280
const fontSize = 12.5

const theme = {
  background: "transparent",
  aria: false, // one description for the whole panel instead of one for each mark
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif",
  view: { stroke: null },
  title: { anchor: "start", frame: "bounds", fontSize: 13, fontWeight: 600, color: ink, offset: 10 },
  axis: {
    labelFontSize: fontSize,
    titleFontSize: fontSize,
    labelColor: muted,
    titleColor: muted,
    titleFontWeight: "normal",
    titlePadding: 8,
    gridColor: line,
    domainColor: muted,
    tickColor: muted,
    labelPadding: 5
  },
  axisX: { grid: false, tickSize: 4 },
  axisY: { grid: true, domain: false, ticks: false, tickCount: 5 },
  legend: {
    orient: "top",
    direction: "horizontal",
    title: null,
    labelFontSize: fontSize,
    labelColor: ink,
    titleColor: ink,
    symbolSize: 70,
    offset: 6
  },
  range: { category: Object.values(colours) }
} as const

/** Widths of sans-serif letters in parts of the font size, so that layout never depends on installed fonts. */
const narrow = new Set("ijlt.,:;|!'()[]1 ·⁻")
const letterWidth = (letter: string): number => (narrow.has(letter) ? 0.36 : /[A-Z%mw−+]/.test(letter) ? 0.7 : 0.56)
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number } // not in vega's types
}
textMetrics.width = ({ fontSize = 11 }, text) =>
  fontSize * [...String(text ?? "")].reduce((sum, letter) => sum + letterWidth(letter), 0)

/** A mark of which each item says what it is when one points at it: with it goes the encoding `hover`. */
export const hoverable = { aria: true, tooltip: null } as const
export const hover = { description: { field: "hover", type: "nominal" } } as const

/**
 * The whole panel is one picture with one description; what single marks say of themselves becomes their title, which
 * browsers show where one points.
 */
const titled = (svg: string): string =>
  svg
    .replace(/<(path|text|rect|line) aria-label="([^"]*)"([^>]*?)\/>/g, "<$1$3><title>$2</title></$1>")
    .replace(/ role="graphics-[a-z]*"| aria-[a-z]*="[^"]*"/g, "")

/** Draws one panel, transparent. The root carries title and description for screen readers. */
export async function panelSvg({ title, alt, spec }: Panel): Promise<string> {
  const whole = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width,
    height,
    autosize: { type: "fit", contains: "padding" },
    padding: 4,
    title,
    config: theme,
    ...spec
  }
  const { spec: compiled } = compile(whole as unknown as TopLevelSpec, { logger: vega.logger(vega.Error) })
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Error })
  const svg = await view.toSVG()
  view.finalize()
  return titled(svg).replace(/^<svg /, `<svg role="img" aria-label="${escapeHtml(`${title}. ${alt}`)}" `)
}

/** A panel as a file of its own: on white, since it may stand on anything. */
export function svgFile(svg: string): string {
  return svg.replace(/^(<svg [^>]*>)/, `$1<rect width="100%" height="100%" fill="${paper}"/>`) + "\n"
}

export function panelFile(figure: Figure, panel: number): string {
  return `figures/${figure.name}${figure.panels.length === 1 ? "" : `-${panel + 1}`}.svg`
}

export function figureHtml(figure: Figure, svgs: ReadonlyArray<string>): string {
  const panels = svgs.map((svg) => `<div class="panel">${svg}</div>`).join("\n")
  return (
    `<figure id="figure-${figure.name}"><h3 class="title">${inlineHtml(figure.title)}</h3> <a class="csv" href="data/${figure.name}.csv">CSV</a>\n` +
    `<div class="panels">${panels}</div>\n` +
    `<figcaption>${inlineHtml(figure.caption)}</figcaption></figure>`
  )
}

export function figureMarkdown(figure: Figure): string {
  const images = figure.panels.map((panel, i) => `![${panel.title}. ${panel.alt}](${panelFile(figure, i)})`)
  return `**${figure.title}** ([CSV](data/${figure.name}.csv))\n\n${images.join("\n")}\n\n${figure.caption}`
}
