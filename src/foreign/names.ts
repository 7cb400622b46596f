/**
 * Names that may become paths: of output files, and of nodes, after which logs are called. Whoever writes them, in an
 * archive, a journal or a compute module, they stay within the folder that they are joined to, on every system.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

/** Names that Windows gives to devices, whatever their extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i

/** An LMDB key has at most 1978 bytes. */
const NAME_BYTES = 1900
/** Of one part of a path; file systems take 255, and writing adds a suffix for a while. */
const PART_BYTES = 230

export const hasControl = (text: string): boolean => CONTROL.test(text)

/** Names that Windows takes for another, or for a device. */
export const isWindowsOnly = (part: string): boolean => /[. ]$/.test(part) || DEVICE.test(part)

/** Nearly all names: thousands are judged each time that a graph is built. */
const PLAIN = /^[A-Za-z0-9_][\w.,=+-]*(\/[A-Za-z0-9_][\w.,=+-]*)*$/

/** Says what keeps a node's name from being one, if anything. */
export function nodeNameProblem(name: string): string | undefined {
  if (name.length < NAME_BYTES && PLAIN.test(name)) return undefined
  if (name === "") return "is empty"
  if (hasControl(name)) return "has a control character"
  if (!name.isWellFormed()) return "is no Unicode text"
  if (Buffer.byteLength(name) > NAME_BYTES) return `is longer than ${NAME_BYTES} bytes`
  if (name.includes("\\")) return "has a backslash"
  if (/^[a-z]:/i.test(name)) return "begins with a drive letter"
  if (name.startsWith("/")) return "is an absolute path"
  const parts = name.split("/")
  if (parts.includes("")) return "has an empty part between slashes"
  if (parts.includes("..") || parts.includes(".")) return "has a part '.' or '..'"
  return undefined
}

/** Says what keeps the name of an output, perhaps with folders, from being a file in a folder, if anything. */
export function fileNameProblem(name: string): string | undefined {
  const problem = nodeNameProblem(name)
  if (problem !== undefined) return problem
  if (name.includes(":")) return "has a colon"
  const parts = name.split("/")
  if (parts.includes("__proto__")) return "has a part '__proto__'"
  if (parts.some((part) => /[. ]$/.test(part))) return "has a part that ends with a dot or a space"
  if (parts.some((part) => DEVICE.test(part))) return "has a part that is a device on Windows"
  if (parts.some((part) => Buffer.byteLength(part) > PART_BYTES)) return `has a part of more than ${PART_BYTES} bytes`
  return undefined
}
