/** Rows and columns as files that other programs read, or as text for people. */
import type { Value } from "../../view/trials.ts"

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
