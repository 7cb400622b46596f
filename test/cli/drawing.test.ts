/** What a terminal of any width shows of a run. */
import { stripVTControlCharacters } from "node:util"
import { expect, test } from "vitest"
import { atWork, bar, clip, hung, rowsOf } from "../../src/cli/drawing.ts"
import { fitted, leftOutNotice } from "../../src/cli/sheet/fit.ts"

const NAME = "train/mnist/layers=16,depth=1,filters=1,seed=3"
const DETAIL = "epoch 12/100, loss 0.1234"
const gray = (text: string) => `\x1b[90m${text}\x1b[39m`

test("epoch and loss stay at 40 columns, the name is cut; wider, all of it is there", () => {
  for (const columns of [40, 60, 80, 200]) {
    const line = stripVTControlCharacters(atWork(NAME, DETAIL, columns - 1, gray))
    expect(line.length, line).toBeLessThan(columns)
    expect(line).toContain(DETAIL)
    expect(line).toContain("seed=3")
  }
  expect(stripVTControlCharacters(atWork(NAME, DETAIL, 79, gray))).toBe(`  ${NAME}  ${DETAIL}`)
  expect(atWork("short", DETAIL, 39, gray)).toBe(`  short  ${gray(DETAIL)}`)
  // Where even the detail has no room, it is cut itself.
  expect(atWork(NAME, DETAIL, 19, gray)).toHaveLength(19)
})

test("a bar shows how far without colours too, and is full at the end alone", () => {
  expect([0, 0.5, 0.999, 1].map((share) => bar(share, 10, undefined))).toEqual([
    "··········",
    "━━━━━·····",
    "━━━━━━━━━·",
    "━━━━━━━━━━"
  ])
  expect(bar(0.5, 4, (done, rest) => `[${done}|${rest}]`)).toBe("[━━|━━]")
})

test("lines that a narrower window has broken take several rows", () => {
  expect(rowsOf([79, 0, 30], 80)).toBe(3)
  expect(rowsOf([79, 0, 30], 40)).toBe(4)
  expect(rowsOf([79, 0, 30], 20)).toBe(7)
  expect(clip("abcdef", 4)).toBe("abc…")
})

test("a text goes on below itself where the terminal ends, and is one line elsewhere", () => {
  const text = "what it is and what it does"
  expect(hung("  name  ", text, undefined)).toBe(`  name  ${text}`)
  expect(hung("  name  ", text, 35)).toBe(`  name  ${text}`)
  expect(hung("  name  ", text, 34)).toBe("  name  what it is and what it\n        does")
  expect(hung("  name  ", text, 20)).toBe("  name\n    what it is and\n    what it does")
  expect(hung("  name  ", "x".repeat(30), 20)).toBe(`  name\n    ${"x".repeat(30)}`)
})

test("a table leaves out what a narrow terminal has no room for, in the order that is said", () => {
  const sheet = { columns: ["one", "three", "four"], rows: [["a", "bbbbb", null]] }
  expect(fitted(sheet, undefined, ["four"])).toEqual({ sheet, left: [] })
  expect(fitted(sheet, 16, ["four", "one"])).toEqual({ sheet, left: [] })
  expect(fitted(sheet, 15, ["four", "one"])).toEqual({
    sheet: { columns: ["one", "three"], rows: [["a", "bbbbb"]] },
    left: ["four"]
  })
  expect(fitted(sheet, 4, ["four", "none", "one"])).toEqual({
    sheet: { columns: ["three"], rows: [["bbbbb"]] },
    left: ["one", "four"]
  })
  expect(leftOutNotice(["a", "b"], 80, "Look elsewhere.")).toBe(
    "2 columns left out, for which 80 characters have no room: a, b. Look elsewhere."
  )
})
