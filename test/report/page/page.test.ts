/** Pages as browsers and screen readers have them: in a DOM, with and without scripts, judged by axe-core. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { JSDOM } from "jsdom"
import { beforeAll, describe, expect, test } from "vitest"
import { colours, hover, hoverable, inTheDark } from "../../../src/report/page/figures.ts"
import { significant } from "../../../src/report/page/format.ts"
import { type Page, renderPage } from "../../../src/report/page/page.ts"
import { styleSheet } from "../../../src/report/page/style.ts"
import type { Table } from "../../../src/report/page/tables.ts"

const values = [3, 1e-7, 1234, -0.5, 0.25, 12, 100, 2e-7, 7]
const table = (name: string, changes: Partial<Table> = {}): Table => ({
  name,
  title: "Numbers", // the same for several
  columns: [
    { name: "who", title: "Who" },
    { name: "loss", title: "loss", group: "Validation", format: significant },
    { name: "seed", title: "seed", group: "Validation" }
  ],
  rows: [
    ...values.map((value, i) => [i % 2 === 0 ? "sequential" : "parallel", value, i] as const),
    ["sequential", null, 9]
  ],
  ...changes
})
const figure = {
  name: "points",
  title: "Points",
  caption: "Each is a trial.",
  panels: [
    {
      title: "Loss",
      alt: "Two points.",
      spec: {
        data: {
          values: [
            { x: 1, y: 2, hover: "4 layers, seed 1" },
            { x: 2, y: 3, hover: 'a "b" <c>' }
          ]
        },
        mark: { type: "point", filled: true, color: colours.blue, ...hoverable },
        encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" }, ...hover }
      }
    }
  ],
  columns: [{ name: "x", title: "x" }],
  rows: [[1], [2]]
}
const page: Page = {
  title: "A page",
  lead: "Is it any good?",
  sections: [
    {
      id: "answers",
      title: "In short",
      blocks: [
        {
          kind: "claims",
          claims: [true, false, undefined].map((holds) => ({
            question: "Is it?",
            holds,
            sentence: "See.",
            figure: "points"
          }))
        },
        { kind: "text", text: "Words with `code`." }
      ]
    },
    {
      id: "data",
      title: "Data",
      blocks: [
        { kind: "figure", figure },
        { kind: "table", table: table("numbers") },
        { kind: "table", table: table("again", { folded: true }) },
        { kind: "table", table: table("few", { rows: [["one", 1, 1]] }) },
        { kind: "code", text: "npx pipeline show NODE" }
      ]
    }
  ]
}
let html: string
beforeAll(async () => {
  html = new TextDecoder().decode((await renderPage(page))["index.html"])
})

/** Rules that need a page laid out, which here it is not: colours are judged below. */
const LAID_OUT = { "color-contrast": { enabled: false } }

test("axe-core finds nothing", async () => {
  const { window } = new JSDOM(html, { runScripts: "dangerously", pretendToBeVisual: true })
  window.eval(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"))
  const found = await window.eval(
    `document.querySelectorAll("details").forEach((one) => one.setAttribute("open", "")); axe.run(document, { rules: ${JSON.stringify(LAID_OUT)} }).then(({ violations, passes }) => JSON.stringify({ violations: violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), passes: passes.length }))`
  )
  const { violations, passes } = JSON.parse(String(found))
  expect(violations).toEqual([])
  expect(passes).toBeGreaterThan(20)
  window.close()
})

describe("what a page has without scripts", () => {
  test("a heading for every section, figure and table, and links to all of them", () => {
    const { document } = new JSDOM(html).window
    const headings = [...document.querySelectorAll("h1, h2, h3")].map((one) => one.textContent)
    expect(headings).toEqual(["A page", "In short", "Data", "Points", "Numbers", "Numbers", "Numbers"])
    const targets = [...document.querySelectorAll("nav a")].map((one) => one.getAttribute("href")!)
    expect(targets).toEqual(["#answers", "#data", "#figure-points", "#table-numbers", "#table-again", "#table-few"])
    for (const target of targets) expect(document.querySelectorAll(target)).toHaveLength(1)
    expect(document.querySelectorAll("button, input")).toHaveLength(0)
    expect(document.querySelectorAll("tbody tr")).toHaveLength(21)
  })

  test("points that say which trial they are where one points at them", () => {
    const titles = [...new JSDOM(html).window.document.querySelectorAll(".panel path > title")]
    expect(titles.map((one) => one.textContent)).toEqual(["4 layers, seed 1", 'a "b" <c>'])
  })

  test("nothing that is loaded", () => {
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(html).not.toMatch(/@import|url\(/)
  })
})

describe("tables where scripts run", () => {
  const open = () => {
    const { window } = new JSDOM(html, { runScripts: "dangerously" })
    const whole = window.document.querySelector("#table-numbers")!
    const column = (i: number) =>
      [...whole.querySelectorAll("tbody tr")].filter((row) => !row.hidden).map((row) => row.children[i].textContent)
    const head = (name: string) =>
      [...whole.querySelectorAll("th")].find((one) => one.querySelector("button")?.textContent === name)!
    return { window, whole, column, head }
  }

  test("are sorted by number, not by text, and the other way by a second click; what is not there stands last", () => {
    const { column, head, whole } = open()
    const before = column(1)
    expect(before).toContain("1.00×10⁻⁷")
    head("loss").querySelector("button")!.click()
    const up = ["−0.500", "1.00×10⁻⁷", "2.00×10⁻⁷", "0.250", "3.00", "7.00", "12.0", "100", "1,230", "–"]
    expect(column(1)).toEqual(up)
    expect(head("loss").getAttribute("aria-sort")).toBe("ascending")
    head("loss").querySelector("button")!.click()
    expect(column(1)).toEqual([...up.slice(0, -1).reverse(), "–"])
    head("Who").querySelector("button")!.click()
    expect(column(0)).toEqual([...Array(4).fill("parallel"), ...Array(6).fill("sequential")])
    expect(head("loss").getAttribute("aria-sort")).toBe(null)
    expect(whole.querySelector("table")!.classList.contains("sorted")).toBe(true)
  })

  test("show the rows that have all words typed, and how many they are", () => {
    const { window, whole, column } = open()
    const input = whole.querySelector("input")!
    const type = (text: string) => {
      input.value = text
      input.dispatchEvent(new window.Event("input"))
    }
    type("PARALLEL 10")
    expect(column(1)).toEqual(["1.00×10⁻⁷", "2.00×10⁻⁷"])
    expect(whole.querySelector("output")!.textContent).toBe("2 of 10")
    type("")
    expect(column(1)).toHaveLength(10)
    expect(whole.querySelector("output")!.textContent).toBe("")
  })

  test("of few rows are left as they are", () => {
    const { document } = open().window
    expect(document.querySelectorAll("#table-few button, #table-few input")).toHaveLength(0)
  })
})

describe("in the dark", () => {
  /** Luminance of #rgb or #rrggbb (WCAG 2.2). */
  const luminance = (colour: string): number => {
    const hex = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit).join("") : colour.slice(1)
    const [r, g, b] = [0, 2, 4].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string): number => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (high + 0.05) / (low + 0.05)
  }
  const variables = (css: string) => Object.fromEntries([...css.matchAll(/--(\w+):(#\w+)/g)].map(([, k, v]) => [k, v]))
  const query = "@media screen and (prefers-color-scheme:dark){"
  const [light, dark] = [styleSheet.slice(0, styleSheet.indexOf(query)), styleSheet.slice(styleSheet.indexOf(query))]

  test("the style sheet asks for it in a way that browsers understand, once", () => {
    expect(styleSheet.split("prefers-color-scheme")).toHaveLength(2)
    expect(styleSheet).toContain(query)
  })

  test.each([
    ["light", variables(light)],
    ["dark", variables(dark)]
  ])("texts stand out from what they are on (%s)", (_, { paper, soft, line, ...texts }) => {
    for (const [name, colour] of Object.entries(texts)) {
      expect(contrast(colour, paper), `${name} on paper`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(colour, soft), `${name} on soft`).toBeGreaterThanOrEqual(4.5)
    }
    expect(line).toBeDefined()
  })

  test("every colour of a figure stands out from the dark paper too", () => {
    const { paper } = variables(dark)
    for (const colour of Object.values(colours))
      expect(contrast(inTheDark[colour] ?? colour, paper), colour).toBeGreaterThanOrEqual(3)
    for (const [fill] of html.matchAll(/(?:fill|stroke)="(#[0-9a-f]{6})"/g)) {
      const colour = fill.slice(fill.indexOf("#"), -1)
      expect(styleSheet, colour).toContain(`[fill="${colour}"]`)
    }
  })
})
