/** Results go to stdout, everything else to stderr. */
import { styleText } from "node:util"
import type * as Effect from "effect/Effect"
import * as EffectModule from "effect/Effect"
import { visible, visibleJson } from "../foreign/visible.ts"
import { pasteable } from "./hints.ts"

type Format = Parameters<typeof styleText>[0]

export const print = (text: string): void => void process.stdout.write(`${shown(text, process.stdout)}\n`)
export const printJson = (value: unknown): void => void process.stdout.write(`${visibleJson(JSON.stringify(value))}\n`)
/** Commands that it names are told so that they can be pasted. */
export const tell = (text: string): void => void process.stderr.write(`${shown(pasteable(text), process.stderr)}\n`)

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const STYLE = /(\x1b\[\d{1,2}m)/

/**
 * Text as it is shown: nothing in it acts on the terminal but our own colours, where these are used. Names, reasons and
 * titles may come from anywhere.
 */
export function shown(text: string, stream: NodeJS.WriteStream): string {
  if (styleText("red", " ", { stream }) === " ") return visible(text)
  return text
    .split(STYLE)
    .map((part, i) => (i % 2 === 1 ? part : visible(part)))
    .join("")
}

/** Colours only where a terminal shows them (`NO_COLOR` and `FORCE_COLOR` are respected). */
export const onStderr = (format: Format, text: string) => styleText(format, text, { stream: process.stderr })
export const onStdout = (format: Format, text: string) => styleText(format, text, { stream: process.stdout })

/** Runs plain code that throws tagged errors as an effect that fails with them. */
export const attempt = <A, E>(run: () => A): Effect.Effect<A, E> =>
  EffectModule.try({ try: run, catch: (error) => error as E })

export function seconds(value: number): string {
  if (value < 0.0995) return `${Math.max(1, Math.round(value * 1000))} ms`
  if (value < 9.95) return `${value.toFixed(1)} s`
  if (value < 99.5) return `${Math.round(value)} s`
  const minutes = Math.round(value / 60)
  if (minutes < 100) return `${minutes} min`
  return `${(value / 3600).toFixed(1)} h`
}

/** A count in words. Numbers are grouped here: to load a language's own rules takes Node longer than all else that is printed. */
export const plural = (count: number, noun: string) =>
  `${String(count).replace(/(?<=\d)(?=(\d{3})+$)/g, ",")} ${noun}${count === 1 ? "" : "s"}`

/** 1.2 MB and the like: powers of 1000. */
export function bytes(count: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"]
  let power = 0
  while (power < units.length - 1 && count >= 999.5 * 1000 ** power) power++
  const value = count / 1000 ** power
  return `${power === 0 || value >= 99.5 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(2)} ${units[power]}`
}

/** The beginning of a long message. */
export const brief = (message: string): string => (message.length <= 160 ? message : `${message.slice(0, 159)}…`)
