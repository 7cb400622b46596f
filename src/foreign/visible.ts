/**
 * Text as it may be shown. Control characters (C0, DEL, C1) make a terminal do things, and those that turn the direction
 * of writing make text look like another; they are shown as what they are: `\x1b`, `\u202e`.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

const shown = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`
}

/** The text with nothing in it that acts on what shows it; lines and tabs stay. */
export const visible = (text: string): string => text.replace(UNSEEN, shown)

/** JSON that means the same and has no control character in it. */
export const visibleJson = (json: string): string =>
  json.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
