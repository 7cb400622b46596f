import { expect, test } from "vitest"
import { shown } from "../../src/cli/output.ts"
import { visible, visibleJson } from "../../src/foreign/visible.ts"
import { escapeHtml } from "../../src/report/page/format.ts"

/** C0, DEL, C1, and what turns the direction of writing. */
const acting = [
  ...Array.from({ length: 32 }, (_, code) => code),
  ...Array.from({ length: 33 }, (_, i) => 0x7f + i),
  0x202e,
  0x2066
].map((code) => String.fromCharCode(code))
const text = `a${acting.join("")}z`

test("nothing that acts on a terminal or a page is left, lines and tabs apart, and all of it can be seen", () => {
  for (const safe of [visible(text), escapeHtml(text), shown(text, process.stderr)]) {
    expect(acting.filter((character) => safe.includes(character))).toEqual(["\t", "\n"])
    expect(safe).toContain("\\x1b")
    expect(safe).toContain("\\x9b")
    expect(safe).toContain("\\u202e")
  }
  expect(escapeHtml('<img src="x" onerror=alert(1)>\x1b]0;x\x07')).toBe(
    "&lt;img src=&quot;x&quot; onerror=alert(1)&gt;\\x1b]0;x\\x07"
  )
  expect(visible("Größe ü — 日本 \u{1f600}")).toBe("Größe ü — 日本 \u{1f600}")
})

test("JSON stays JSON of the same value", () => {
  const json = visibleJson(JSON.stringify({ name: text }))
  expect(JSON.parse(json)).toEqual({ name: text })
  expect(acting.filter((character) => json.includes(character))).toEqual([])
})

test("where colours are shown, only colours come through", () => {
  const before = process.env.FORCE_COLOR
  process.env.FORCE_COLOR = "1"
  try {
    const styled = shown("\x1b[31mred\x1b[39m \x1b[2J\x1b]0;title\x07\x9b2J\x1b[38;5;1m", process.stderr)
    expect(styled).toBe("\x1b[31mred\x1b[39m \\x1b[2J\\x1b]0;title\\x07\\x9b2J\\x1b[38;5;1m")
  } finally {
    if (before === undefined) delete process.env.FORCE_COLOR
    else process.env.FORCE_COLOR = before
  }
})
