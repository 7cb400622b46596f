/** Rows and columns as files that other programs read, or as text for people. */
import { tableCsv } from "../../report/page/tables.ts"
import type { Value } from "../../view/trials.ts"
import { latex, markdown, text } from "./readers.ts"

export interface Sheet {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<Value>>
}

/** For people (few columns, rounded numbers), then for programs (all of them, exact). */
export const FORMATS = ["text", "markdown", "latex", "csv", "jsonl", "parquet"] as const
export type Format = (typeof FORMATS)[number]

/** What a file's name says of its format, by extension. */
export const EXTENSIONS: Readonly<Record<string, Format>> = {
  txt: "text",
  md: "markdown",
  tex: "latex",
  csv: "csv",
  jsonl: "jsonl",
  json: "jsonl",
  parquet: "parquet"
}

export const isForPeople = (format: Format): boolean => ["text", "markdown", "latex"].includes(format)

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
