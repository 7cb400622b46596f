/** A sheet in one of the formats. */
import { tableCsv } from "../../report/page/tables.ts"
import type { Value } from "../../view/trials.ts"
import { latex, markdown, text } from "./readers.ts"
import type { Format, Sheet } from "./sheet.ts"

export async function write(sheet: Sheet, format: Format): Promise<Uint8Array> {
  if (format === "parquet") return (await import("./parquet.ts")).parquet(sheet)
  return Buffer.from(textOf(sheet, format))
}

function textOf({ columns, rows }: Sheet, format: Exclude<Format, "parquet">): string {
  switch (format) {
    case "csv": {
      const cell = (value: Value) => (typeof value === "boolean" ? String(value) : value)
      return tableCsv({
        columns: columns.map((name) => ({ name, title: name })),
        rows: rows.map((row) => row.map(cell))
      })
    }
    case "jsonl":
      return rows
        .map((row) => `${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i]])))}\n`)
        .join("")
    case "markdown":
      return markdown({ columns, rows })
    case "latex":
      return latex({ columns, rows })
    case "text":
      return text({ columns, rows })
  }
}
