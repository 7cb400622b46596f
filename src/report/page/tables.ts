/**
 * A table is one value; CSV, Markdown and HTML are three ways to write it. CSV holds the numbers as they are, in
 * their shortest exact form; the others show them as `format` says.
 */
import { escapeHtml, inlineHtml, integer } from "./format.ts"

export type Cell = number | string | null

export interface Column {
  /** Heading in the CSV: lower case, `_` between words. */
  readonly name: string
  /** Heading for readers. */
  readonly title: string
  /** Neighbouring columns of one group stand under one heading. */
  readonly group?: string
  /** How a number is shown; significant digits are lost here only, not in the CSV. */
  readonly format?: (value: number) => string
  /** Set small and in a narrow column, so that it may take two lines. */
  readonly narrow?: boolean
  /** Left out for readers: it says the same in every row, or stands in the text. */
  readonly csvOnly?: boolean
}

export interface Table {
  /** Name of its file, `data/NAME.csv`. */
  readonly name: string
  readonly title: string
  readonly note?: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>
  /** Behind a fold in the page, for tables to look something up in. */
  readonly folded?: boolean
}

/** The columns, with those left to the CSV that are empty, and those of the given names that say one thing throughout. */
export function varying(
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  ...names: ReadonlyArray<string>
): ReadonlyArray<Column> {
  const constant = (i: number) => rows.every((row) => row[i] === rows[0][i])
  return columns.map((column, i) =>
    constant(i) && (names.includes(column.name) || rows[0]?.[i] === null) ? { ...column, csvOnly: true } : column
  )
}

/** The part of a table that readers see. */
function visible(table: Table): Table {
  const kept = table.columns.map((column) => column.csvOnly !== true)
  return {
    ...table,
    columns: table.columns.filter((_, i) => kept[i]),
    rows: table.rows.map((row) => row.filter((_, i) => kept[i]))
  }
}

/** Rows that the page and the Markdown show; the CSV has all. */
export const rowsShown = 500

const empty = "–"

export function show(column: Column, cell: Cell): string {
  if (cell === null) return empty
  return typeof cell === "number" && column.format !== undefined ? column.format(cell) : String(cell)
}

/** CSV after RFC 4180, but with lines that end in \n. */
export function tableCsv({ columns, rows }: Pick<Table, "columns" | "rows">): string {
  const field = (cell: Cell): string => {
    const text = cell === null ? "" : String(cell)
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [columns.map((column) => column.name), ...rows].map((row) => `${row.map(field).join(",")}\n`).join("")
}

/** A column is set flush right when no cell of it is a text. */
function numeric(table: Table): ReadonlyArray<boolean> {
  return table.columns.map((_, i) => table.rows.every((row) => typeof row[i] !== "string"))
}

function omitted(table: Table): string | undefined {
  return table.rows.length > rowsShown
    ? `The first ${integer(rowsShown)} of ${integer(table.rows.length)} rows; data/${table.name}.csv has all.`
    : undefined
}

export function tableMarkdown(whole: Table): string {
  const table = visible(whole)
  const right = numeric(table)
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  const notes = [table.note, omitted(table)].filter((note) => note !== undefined)
  return [
    `**${table.title}** ([CSV](data/${table.name}.csv))`,
    "",
    line(table.columns.map(({ group, title }) => (group === undefined ? title : `${group} ${title}`))),
    line(right.map((isRight) => (isRight ? "---:" : "---"))),
    ...table.rows.slice(0, rowsShown).map((row) => line(table.columns.map((column, i) => show(column, row[i])))),
    ...notes.flatMap((note) => ["", note])
  ].join("\n")
}

function headHtml({ columns }: Table, right: ReadonlyArray<boolean>): string {
  const heading = (column: Column, i: number, attributes: string) =>
    `<th scope="col" data-column="${i}"${attributes}${right[i] ? ' class="number"' : ""}>${inlineHtml(column.title)}</th>`
  if (columns.every((column) => column.group === undefined)) {
    return `<tr>${columns.map((column, i) => heading(column, i, "")).join("")}</tr>`
  }
  let upper = ""
  for (let i = 0; i < columns.length; ) {
    const group = columns[i].group
    let end = i + 1
    while (group !== undefined && end < columns.length && columns[end].group === group) end++
    upper +=
      group === undefined
        ? heading(columns[i], i, ' rowspan="2"')
        : `<th scope="colgroup" colspan="${end - i}" class="group">${inlineHtml(group)}</th>`
    i = end
  }
  const lower = columns.map((column, i) => (column.group === undefined ? "" : heading(column, i, ""))).join("")
  return `<tr>${upper}</tr><tr>${lower}</tr>`
}

export function tableHtml(whole: Table): string {
  const table = visible(whole)
  const right = numeric(table)
  const wraps = table.columns.map((_, i) =>
    table.rows.some((row) => typeof row[i] === "string" && row[i].length > 48 && row[i].includes(" "))
  )
  // Leading texts that only repeat the row above are dimmed, so that the eye sees blocks.
  const leading = right.indexOf(true)
  const body = table.rows.slice(0, rowsShown).map((row, r) => {
    const above = table.rows[r - 1]
    let repeats = above !== undefined
    const cells = table.columns.map((column, i) => {
      repeats &&= i < leading && row[i] === above[i]
      const classes = [
        right[i] ? "number" : "",
        wraps[i] ? "wrap" : "",
        column.narrow ? "narrow" : "",
        repeats ? "repeated" : ""
      ]
        .filter((name) => name !== "")
        .join(" ")
      const attributes = classes === "" ? "" : ` class="${classes}"`
      const content = inlineHtml(show(column, row[i]))
      return i === 0 ? `<th scope="row"${attributes}>${content}</th>` : `<td${attributes}>${content}</td>`
    })
    return `<tr>${cells.join("")}</tr>`
  })
  const notes = [table.note, omitted(table)].filter((note) => note !== undefined)
  const title = inlineHtml(table.title)
  const csv = `<a class="csv" href="data/${table.name}.csv">CSV</a>`
  const grid =
    `<div class="scroll" role="group" tabindex="0" aria-label="${escapeHtml(table.title)}">` +
    `<table><caption class="hidden">${title}</caption>` +
    `<thead>${headHtml(table, right)}</thead>\n<tbody>\n${body.join("\n")}\n</tbody></table></div>`
  const foot = notes.map((note) => `<p class="note">${inlineHtml(note)}</p>`).join("")
  return table.folded
    ? `<details class="table" id="table-${table.name}"><summary><h3 class="title">${title}</h3></summary><p class="files">${csv}</p>${grid}${foot}</details>`
    : `<div class="table" id="table-${table.name}"><h3 class="title">${title}</h3> ${csv}${grid}${foot}</div>`
}
