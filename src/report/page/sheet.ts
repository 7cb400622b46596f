/** A contact sheet: rows of pictures of a data set, each with what it shows. */
import { escapeHtml, inlineHtml } from "./format.ts"

export interface Strip {
  /** Beside the pictures. */
  readonly label: string
  /** What there is to see, for those who do not see it. */
  readonly alt: string
  readonly png: Uint8Array
  readonly width: number // pixels
  readonly height: number
}

export interface Sheet {
  readonly name: string // figures/NAME-1.png, …
  readonly title: string
  readonly caption: string
  readonly strips: ReadonlyArray<Strip>
  /** Times that each pixel is drawn wide and high. */
  readonly scale: number
}

export const stripFile = ({ name }: Sheet, i: number): string => `figures/${name}-${i + 1}.png`

/** Its style stands with it: other pages have no use for it. */
export function sheetHtml({ name, title, caption, strips, scale }: Sheet): string {
  const rows = strips.map(({ label, alt, png, width, height }) => {
    const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`
    const style = `image-rendering:pixelated;display:block;max-width:none;width:${scale * width}px;height:${scale * height}px`
    const cell = `<td style="padding:.2rem 0"><img src="${source}" alt="${escapeHtml(alt)}" width="${width}" height="${height}" style="${style}"></td>`
    return `<tr><th scope="row" style="vertical-align:middle">${inlineHtml(label)}</th>${cell}</tr>`
  })
  return (
    `<figure id="sheet-${name}"><h3 class="title">${inlineHtml(title)}</h3>\n` +
    `<div style="overflow-x:auto;margin-top:.5rem" role="group" tabindex="0" aria-label="${escapeHtml(title)}"><table><tbody>\n${rows.join("\n")}\n</tbody></table></div>\n` +
    `<figcaption>${inlineHtml(caption)}</figcaption></figure>`
  )
}

export function sheetMarkdown(sheet: Sheet): string {
  const rows = sheet.strips.map(
    ({ label, alt }, i) => `| ${label.replaceAll("|", "\\|")} | ![${alt}](${stripFile(sheet, i)}) |`
  )
  return [`**${sheet.title}**`, "", "| | |", "| --- | --- |", ...rows, "", sheet.caption].join("\n")
}
