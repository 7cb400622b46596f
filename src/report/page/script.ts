/**
 * What a page does where scripts run: tables sort by a click on a heading and show the rows that have what is typed.
 * Without it they stand as they are written, whole. Nothing is loaded; it works from disk.
 */

/** Rows from which on a table is worth sorting, and filtering. */
const [SORTED, FILTERED] = [3, 8]

export const script = `
const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹"
/** What a shown number is; the greatest there is for a text. */
const numberOf = (text) => {
  const [mantissa, power = ""] = text.replace(/^< ?/, "").replace("−", "-").replaceAll(",", "").split("×10⁻")
  if (!/^[+-]?[0-9.]+$/.test(mantissa)) return Number.MAX_VALUE
  return Number(mantissa) / 10 ** Number([...power].map((digit) => superscripts.indexOf(digit)).join(""))
}
const compare = (a, b) => {
  const [x, y] = [numberOf(a), numberOf(b)]
  return x === y ? a.localeCompare(b, "en", { numeric: true }) : x < y ? -1 : 1
}
for (const table of document.querySelectorAll(".scroll > table")) {
  const body = table.tBodies[0]
  const rows = [...body.rows]
  if (rows.length < ${SORTED}) continue
  const heads = [...table.querySelectorAll("th[data-column]")]
  for (const head of heads) {
    const column = Number(head.dataset.column)
    const button = document.createElement("button")
    button.type = "button"
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending"
      for (const other of heads) other.removeAttribute("aria-sort")
      head.setAttribute("aria-sort", descending ? "descending" : "ascending")
      table.classList.add("sorted")
      const text = (row) => row.cells[column].textContent.replaceAll("\\u00a0", " ")
      const empty = (row) => text(row) === "–"
      // What is not there stands last, in either direction.
      const order = (a, b) => empty(a) - empty(b) || (descending ? -1 : 1) * compare(text(a), text(b))
      body.append(...rows.toSorted(order))
    })
  }
  if (rows.length < ${FILTERED}) continue
  const label = document.createElement("label")
  label.className = "filter"
  const input = document.createElement("input")
  input.type = "search"
  const count = document.createElement("output")
  label.append("Rows with ", input, " ", count)
  table.parentElement.before(label)
  const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent).join(" ").replaceAll("\\u00a0", " ").toLowerCase())
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter((word) => word !== "")
    rows.forEach((row, i) => (row.hidden = !words.every((word) => texts[i].includes(word))))
    count.textContent = words.length === 0 ? "" : rows.filter((row) => !row.hidden).length + " of " + rows.length
  })
}
`
