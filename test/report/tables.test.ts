import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { integer, percent, points, probability, signed, significant } from "../../src/report/page/format.ts"
import { rowsShown, type Table, tableCsv, tableHtml, tableMarkdown, varying } from "../../src/report/page/tables.ts"

const table: Table = {
  name: "example",
  title: "An example",
  note: "Made by `hand`.",
  columns: [
    { name: "who", title: "Who" },
    { name: "loss", title: "train", group: "Loss", format: significant },
    { name: "validation_loss", title: "val", group: "Loss", format: significant },
    { name: "seed", title: "Seed", csvOnly: true }
  ],
  rows: [
    ["a|b", 0.123456, 0.2, 1],
    ['c, "d" <e>', 1e-7, null, 2]
  ]
}

describe("a table", () => {
  it("is written to CSV with every digit, quoted where needed", () => {
    expect(tableCsv(table)).toBe('who,loss,validation_loss,seed\na|b,0.123456,0.2,1\n"c, ""d"" <e>",1e-7,,2\n')
  })

  it("comes back from CSV number for number", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (numbers) => {
        const csv = tableCsv({ columns: [{ name: "x", title: "x" }], rows: numbers.map((x) => [x]) })
        const read = csv.trimEnd().split("\n").slice(1).map(Number)
        expect(read).toEqual(numbers.map((x) => (Object.is(x, -0) ? 0 : x)))
      })
    )
  })

  it("is written to Markdown with rounded numbers, flush right, without what is for the CSV alone", () => {
    expect(tableMarkdown(table).split("\n")).toEqual([
      "**An example** ([CSV](data/example.csv))",
      "",
      "| Who | Loss train | Loss val |",
      "| --- | ---: | ---: |",
      "| a\\|b | 0.123 | 0.200 |",
      '| c, "d" <e> | 1.00×10⁻⁷ | – |',
      "",
      "Made by `hand`."
    ])
  })

  it("is written to HTML with groups of columns and escaped text", () => {
    const html = tableHtml(table)
    expect(html).toContain('<th scope="colgroup" colspan="2" class="group">Loss</th>')
    expect(html).toContain("c, &quot;d&quot; &lt;e&gt;")
    expect(html).toContain("<code>hand</code>")
    expect(html).not.toContain("Seed")
  })

  it("shows the first rows of a long one and says where the others are", () => {
    const rows = Array.from({ length: rowsShown + 1 }, (_, i) => [`row ${i}`])
    const long = { name: "long", title: "Long", columns: [{ name: "a", title: "A" }], rows }
    expect(tableHtml(long)).toContain(`row ${rowsShown - 1}<`)
    expect(tableHtml(long)).not.toContain(`row ${rowsShown}<`)
    expect(tableHtml(long)).toContain("data/long.csv has all")
    expect(tableCsv(long)).toContain(`row ${rowsShown}\n`)
  })
})

describe("varying", () => {
  it("leaves empty columns and named constant ones to the CSV", () => {
    const columns = ["a", "b", "c", "d"].map((name) => ({ name, title: name }))
    const rows = [
      ["x", "y", null, 1],
      ["x", "y", null, 2]
    ]
    const hidden = varying(columns, rows, "a", "d").filter((column) => column.csvOnly)
    expect(hidden.map(({ name }) => name)).toEqual(["a", "c"])
  })
})

describe("numbers for readers", () => {
  it.each([
    [0.0520123, "0.0520"],
    [2.0349, "2.03"],
    [13.46, "13.5"],
    [123.4, "123"],
    [12345.6, "12,300"],
    [0.00013, "0.000130"],
    [0.0000132, "1.32×10⁻⁵"],
    [9.999e-5, "0.000100"],
    [0.9999, "1.00"],
    [-0.5, "−0.500"],
    [0, "0"]
  ])("%f has three significant digits in %s", (value, shown) => {
    expect(significant(value)).toBe(shown)
  })

  it("have signs, separators and units where they are meant to", () => {
    expect(signed(0.012)).toBe("+0.0120")
    expect(signed(-0.012)).toBe("−0.0120")
    expect(integer(1859146)).toBe("1,859,146")
    expect(percent(0.98765)).toBe("98.8")
    expect(points(-0.0031)).toBe("−0.31")
    expect(probability(0.00001)).toBe("< 0.0001")
  })
})
