/**
 * Variants: a study with other values of some settings has a name of its own, `quick@epochs=8,seeds=0,1`, made of those
 * that differ from the declared ones, in the order in which these are declared. So two ways to type one variant have one
 * name, and the name says what it is: it can be typed wherever a study can.
 */
import { sha256 } from "./key.ts"

type Settings = Readonly<Record<string, unknown>>
/** By setting, text as it could be typed. */
type Texts = Readonly<Record<string, string>>

/** Longer names are cut: they are names of folders. */
const LONGEST = 150

/** Safe in a shell, in a path and in an address; what else there is stands as `%` and its bytes. */
const escaped = (text: string): string =>
  text.replace(/[^\w.+-]/gu, (sign) =>
    [...new TextEncoder().encode(sign)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")
  )

const isPlain = (value: unknown): boolean =>
  ["number", "boolean"].includes(typeof value) || (typeof value === "string" && !value.includes(","))

/** A setting's value as it could be typed. */
function textOf(value: unknown): string {
  if (Array.isArray(value) && value.length !== 1 && value.every(isPlain))
    return value.map((one) => escaped(String(one))).join(",")
  if (Array.isArray(value) && value.length === 1 && isPlain(value[0])) return escaped(String(value[0]))
  return escaped(typeof value === "string" ? value : JSON.stringify(value))
}

/** `quick@epochs=8`; the study's name alone if no setting differs. In full: it can be read back. */
export function variantName(study: string, declared: Settings, settings: Settings): string {
  const differing = Object.keys(declared).filter(
    (name) => JSON.stringify(settings[name]) !== JSON.stringify(declared[name])
  )
  if (differing.length === 0) return study
  return `${study}@${differing.map((name) => `${name}=${textOf(settings[name])}`).join(",")}`
}

/** Undefined for what is no variant's name. */
export function readVariant(text: string): { readonly study: string; readonly overrides: Texts } | undefined {
  const at = text.indexOf("@")
  if (at < 1) return undefined
  const overrides: Record<string, string> = Object.create(null)
  let setting: string | undefined
  for (const part of text.slice(at + 1).split(",")) {
    const equals = part.indexOf("=")
    if (equals > 0) overrides[(setting = part.slice(0, equals))] = part.slice(equals + 1)
    else if (setting === undefined || equals === 0) return undefined
    else overrides[setting] += `,${part}`
  }
  try {
    for (const name in overrides) overrides[name] = decodeURIComponent(overrides[name])
  } catch {
    return undefined
  }
  return { study: text.slice(0, at), overrides }
}

/** A variant's name as that of a folder: cut, with a digest, where it is too long for one. */
export const shortName = (name: string): string =>
  name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 13)}~${sha256(name).slice(0, 12)}`
