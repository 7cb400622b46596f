/** What the process that tries an engine is asked, and what it says: JSON between two processes of one program. */
import {
  list,
  named,
  number,
  numberOrNaN,
  oneOf,
  optional,
  orNull,
  parse,
  type Reader,
  record,
  text,
  truth,
  whole
} from "../../data/json.ts"
import type { Network } from "../../network/network.ts"
import { ENGINES, type EngineName } from "../engines.ts"
import type { Agreement } from "./measure.ts"

export interface Question {
  readonly engine: EngineName
  /** Whose training rates are asked for, with batches of so many images. */
  readonly networks: ReadonlyArray<{ readonly network: Network; readonly batch: number }>
}

/** What the process says, line by line. */
export type Report =
  | {
      readonly type: "works"
      readonly numericClass: string
      readonly facts: Readonly<Record<string, string>>
      readonly agreement?: Agreement
    }
  | { readonly type: "rate"; readonly rate: number }
  | { readonly type: "fails"; readonly reason: string; readonly remedy: string | null }
  | { readonly type: "end" }

/** What a network's speed depends on. */
export const shapeFields = {
  channels: whole,
  height: whole,
  width: whole,
  classes: whole,
  layers: whole,
  filters: whole,
  kernel: whole,
  residual: truth
}

const fields = record({
  ...shapeFields,
  depth: whole,
  activation: oneOf("relu", "tanh", "sigmoid", "identity"),
  scale: optional(number),
  loss: optional(oneOf("cross-entropy", "kl-divergence", "squared-error"))
})

const network: Reader<Network> = (value, at) => {
  const { scale, loss, ...rest } = fields(value, at)
  return { ...rest, ...(scale !== undefined && { scale }), ...(loss !== undefined && { loss }) }
}

/** Throws `Misfit`. */
export const readQuestion = (json: string): Question =>
  parse(json, record({ engine: oneOf(...ENGINES), networks: list(record({ network, batch: whole })) }))

/** A difference that is no number is written as null, and is one that nothing tolerates. */
const agreement = record({ loss: numberOrNaN, gradient: numberOrNaN, training: numberOrNaN })

const report: Reader<Report> = (value, at) => {
  const { type } = record({ type: oneOf("works", "rate", "fails", "end") })(value, at)
  if (type === "end") return { type }
  if (type === "rate") return { type, ...record({ rate: number })(value, at) }
  if (type === "fails") return { type, ...record({ reason: text, remedy: orNull(text) })(value, at) }
  const works = record({ numericClass: text, facts: named(text), agreement: optional(agreement) })(value, at)
  const { agreement: found, ...rest } = works
  return { type, ...rest, ...(found !== undefined && { agreement: found }) }
}

/** Throws `Misfit`. */
export const readReport = (json: string): Report => parse(json, report)
