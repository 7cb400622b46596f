/** Lines of a terminal that are drawn again, cut to its width. */
import { stripVTControlCharacters } from "node:util"

/** What a terminal's width leaves of a text, with colours only where all of it fits. */
export function clip(text: string, width: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length <= width ? text : `${plain.slice(0, Math.max(0, width - 1))}…`
}

/** How far, as a bar. Without colours what is missing has a sign of its own. */
export function bar(share: number, width: number, paint: ((done: string, rest: string) => string) | undefined): string {
  const full = Math.min(width, Math.max(0, Math.floor(width * share)))
  if (paint === undefined) return "━".repeat(full) + "·".repeat(width - full)
  return paint("━".repeat(full), "━".repeat(width - full))
}

const INDENT = "  "
/** The least that is left of a name. */
const NAME = 8

/** A node at work: how far it is stays, its name is cut, at its beginning, since its end tells it from others. */
export function atWork(name: string, detail: string, width: number, paint: (detail: string) => string): string {
  const room = width - 2 * INDENT.length - detail.length
  const short = name.length <= room ? name : `…${name.slice(name.length - Math.max(NAME, room) + 1)}`
  return clip(`${INDENT}${short}${INDENT}${paint(detail)}`, width)
}

/** Rows that lines take when the window has become narrower since they were written. */
export const rowsOf = (widths: ReadonlyArray<number>, columns: number): number =>
  widths.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / Math.max(1, columns))), 0)

/** The least that a text has beside what stands before it. */
const BESIDE = 24

/** A text after a head: where the terminal ends it goes on below itself, or below the head if that leaves it no room. */
export function hung(head: string, text: string, width: number | undefined): string {
  if (width === undefined || head.length + text.length <= width) return `${head}${text}`.trimEnd()
  const isBeside = width - head.length >= BESIDE
  const indent = isBeside ? head.length : 2 * INDENT.length
  const lines = [isBeside ? head : `${head.trimEnd()}\n${" ".repeat(indent)}`]
  let room = width - indent
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1]
    const isFirst = room === width - indent
    if (!isFirst && word.length + 1 > room) {
      lines.push(`${" ".repeat(indent)}${word}`)
      room = width - indent - word.length
    } else {
      lines[lines.length - 1] = `${last}${isFirst ? "" : " "}${word}`
      room -= word.length + (isFirst ? 0 : 1)
    }
  }
  return lines.map((line) => line.trimEnd()).join("\n")
}
