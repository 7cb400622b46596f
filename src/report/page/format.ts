/**
 * Numbers as a reader sees them, the same everywhere: no locale, no clock. `toFixed` and `toExponential` are exact by
 * the language's definition.
 */

import { visible } from "../../foreign/visible.ts"

/** A true minus sign, and none before a zero. */
const minus = (text: string): string => text.replace(/^-(?=[0.]*$)/, "").replace("-", "−")

/** 1234567 → "1,234,567". */
export function integer(value: number): string {
  return minus(value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ","))
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹"

/** Three significant digits: "0.0520", "2.03", "1,860", "1.30×10⁻⁵". */
export function significant(value: number, digits = 3): string {
  if (value === 0) return "0"
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e")
  const power = Number(exponent)
  if (power < -4) {
    const raised = [...String(-power)].map((digit) => superscripts[Number(digit)]).join("")
    return minus(`${mantissa}×10⁻${raised}`)
  }
  return power >= digits - 1 ? integer(Number(value.toPrecision(digits))) : minus(value.toFixed(digits - 1 - power))
}

const withSign = (value: number, text: string): string => (value > 0 ? `+${text}` : text)

/** A difference, with its sign. */
export function signed(value: number): string {
  return withSign(value, significant(value))
}

/** Five decimals, as the paper's Table 2 has them. */
export function fiveDecimals(value: number): string {
  return minus(value.toFixed(5))
}

export function signedFiveDecimals(value: number): string {
  return withSign(value, fiveDecimals(value))
}

/** 0.98765 → "98.8", for columns in per cent. */
export function percent(value: number): string {
  return minus((100 * value).toFixed(1))
}

/** A difference of fractions in percentage points, with its sign. */
export function points(value: number): string {
  return withSign(value, minus((100 * value).toFixed(2)))
}

/** A probability: "0.031", "< 0.0001". */
export function probability(value: number): string {
  return value < 1e-4 ? "< 0.0001" : significant(value, 2)
}

/** "3 seeds", "1 seed". */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${integer(value)} ${value === 1 ? noun : plural}`
}

/** A sentence's beginning. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** "a, b and c". */
export function list(items: ReadonlyArray<string>, word = "and"): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} ${word} ${items[items.length - 1]}`
}

/** Several numbers of one thing: "1 epoch", "2 and 4 epochs". */
export const counts = (values: ReadonlyArray<number>, noun: string, word = "and"): string =>
  `${list(values.map(integer), word)} ${values.length === 1 && values[0] === 1 ? noun : `${noun}s`}`

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }

/** The one way for text into HTML; what would act on the reader's page or screen is shown as what it is. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"]/g, (character) => entities[character])
}

/** Numbers stay with their unit, p = 0.04 and T₀ + T₁ stay together, where lines break. */
const unbroken = (text: string): string =>
  text
    .replace(/(\d) (?=%|nats\b|points\b|layers?\b|filters?\b|seeds?\b)/g, "$1\u00a0")
    .replace(/\bp (=|&lt;) (?=\d)/g, "p\u00a0$1\u00a0")
    .replace(/(T[₀-₉]) \+ (?=T)/g, "$1\u00a0+\u00a0")

/** Escapes text, with `code` between backticks, and links to pages of other reports: `[title](paper/index.html)`. */
export function inlineHtml(text: string): string {
  return unbroken(escapeHtml(text))
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\[([^\][]+)\]\(([a-z0-9-]+\/index\.html)\)/g, '<a href="$2">$1</a>')
}
