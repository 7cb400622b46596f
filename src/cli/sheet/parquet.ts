/**
 * Parquet, by hyparquet-writer: no native code, 0.5 MB with what it needs. Whole numbers are integers, other numbers
 * doubles, what is not known is null: pandas, polars, DuckDB and R read the types as they are.
 */
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer"
import type { Value } from "../../view/trials.ts"
import type { Sheet } from "./sheet.ts"

export const parquet = ({ columns, rows }: Sheet): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: columns.map((name, i) =>
        columnOf(
          name,
          rows.map((row) => row[i])
        )
      )
    })
  )

function columnOf(name: string, values: ReadonlyArray<Value>): ColumnSource {
  const known = values.filter((value) => value !== null)
  if (known.length > 0 && known.every((value) => typeof value === "boolean"))
    return { name, type: "BOOLEAN", nullable: true, data: [...values] }
  if (known.every((value) => typeof value === "number")) {
    // A column without a value is one of numbers that are not known.
    if (known.length === 0 || !known.every(Number.isSafeInteger))
      return { name, type: "DOUBLE", nullable: true, data: [...values] }
    const data = values.map((value) => (value === null ? null : BigInt(value)))
    return { name, type: "INT64", nullable: true, data }
  }
  return { name, type: "STRING", nullable: true, data: values.map((value) => (value === null ? null : String(value))) }
}
