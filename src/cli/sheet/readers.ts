/** Sheets as people read them: on the terminal, in Markdown, in LaTeX with booktabs. */
import { visible } from "../../foreign/visible.ts"
import type { Value } from "../../view/trials.ts"
import type { Sheet } from "./sheet.ts"

const DIGITS = 4

/** Four significant digits; whole numbers, and those above 10⁴, whole. */
export function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 10 ** DIGITS ? value.toFixed(0) : value.toPrecision(DIGITS)
}

const NOTHING = "–"

const shown = (value: Value): string =>
  value === null ? NOTHING : typeof value === "number" ? rounded(value) : visible(String(value))

/** Flush right: columns without a text. */
const areNumbers = ({ columns, rows }: Sheet): ReadonlyArray<boolean> =>
  columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === "number"))

/** All that a table says, with its head. */
export const cellsOf = ({ columns, rows }: Sheet): ReadonlyArray<ReadonlyArray<string>> => [
  columns,
  ...rows.map((row) => row.map(shown))
]

export function text(sheet: Sheet): string {
  const right = areNumbers(sheet)
  const lines = cellsOf(sheet)
  const widths = sheet.columns.map((_, i) => lines.reduce((most, line) => Math.max(most, line[i].length), 0))
  const cell = (one: string, i: number) => (right[i] ? one.padStart(widths[i]) : one.padEnd(widths[i]))
  return lines.map((line) => `${line.map(cell).join("  ").trimEnd()}\n`).join("")
}

export function markdown(sheet: Sheet): string {
  const right = areNumbers(sheet)
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell) => cell.replaceAll("\\", "\\\\").replaceAll("|", "\\|")).join(" | ")} |\n`
  const rule = `| ${right.map((one) => (one ? "---:" : "---")).join(" | ")} |\n`
  return line(sheet.columns) + rule + sheet.rows.map((row) => line(row.map(shown))).join("")
}

const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "±": "$\\pm$",
  "…": "\\dots{}",
  "–": "--"
}

const escaped = (one: string): string => one.replace(/[\\~^±…–]|[&%$#_{}]/g, (sign) => SPECIAL[sign] ?? `\\${sign}`)

/** A number as mathematics: a true minus, powers of ten. */
function inMath(value: number): string {
  const [mantissa, exponent] = rounded(value).split("e")
  if (exponent !== undefined) return `$${mantissa}\\times10^{${Number(exponent)}}$`
  return value < 0 ? `$${mantissa}$` : mantissa
}

/** A tabular with the rules of booktabs. */
export function latex(sheet: Sheet): string {
  const right = areNumbers(sheet)
  const cell = (value: Value) => (typeof value === "number" ? inMath(value) : escaped(shown(value)))
  const line = (cells: ReadonlyArray<string>) => `  ${cells.join(" & ")} \\\\\n`
  return [
    "% \\usepackage{booktabs}\n",
    `\\begin{tabular}{${right.map((one) => (one ? "r" : "l")).join("")}}\n`,
    "  \\toprule\n",
    line(sheet.columns.map(escaped)),
    "  \\midrule\n",
    ...sheet.rows.map((row) => line(row.map(cell))),
    "  \\bottomrule\n",
    "\\end{tabular}\n"
  ].join("")
}
