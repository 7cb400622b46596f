/** Files of measured rates: `pipeline/rates.json` and `pipeline/method-rates.json`, as test/bench writes them. */
import { list, number, oneOf, parse, record, text, whole } from "../data/json.ts"
import type { MethodRates, Rates } from "../network/cost.ts"

const rate = { filters: whole, kernel: whole, operationsPerSecond: number }

/** Throws `Misfit`. */
export const readRates = (json: Uint8Array): Rates =>
  parse(json, record({ processor: text, rates: list(record(rate)) }))

/** Throws `Misfit`. */
export const readMethodRates = (json: Uint8Array): MethodRates =>
  parse(
    json,
    record({
      processor: text,
      rates: list(record({ ...rate, pass: oneOf("batches-f32", "whole-f32", "whole-f64", "product") }))
    })
  )
