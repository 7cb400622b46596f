/** A budget as it is typed: `2h`, `90 min`, `200 trials`, `5 core-hours`. */
import type { Limit } from "../run/budget.ts"
import { UsageError } from "./errors.ts"

const units: Readonly<Record<string, (value: number) => Limit>> = {
  s: (value) => ({ kind: "time", seconds: value }),
  m: (value) => ({ kind: "time", seconds: 60 * value }),
  min: (value) => ({ kind: "time", seconds: 60 * value }),
  h: (value) => ({ kind: "time", seconds: 3600 * value }),
  "core-hours": (value) => ({ kind: "processor", seconds: 3600 * value }),
  trials: (value) => ({ kind: "trials", count: value })
}

/** Throws `UsageError`. */
export function readLimit(text: string): Limit {
  const [, number, unit] = /^\s*([0-9]*\.?[0-9]+)\s*([a-z-]+)\s*$/i.exec(text) ?? []
  const make = unit === undefined ? undefined : units[Object.hasOwn(units, unit) ? unit : `${unit}s`]
  if (make !== undefined && Number(number) > 0) return make(Number(number))
  throw new UsageError({ problem: `--budget '${text}': expected a time (2h, 90min), '200 trials' or '5 core-hours'` })
}
