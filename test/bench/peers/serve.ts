/**
 * The protocol of the benchmark's processes: one JSON command a line on stdin, one JSON answer a line on stdout.
 *
 *     { command: "prepare", cell }                    → { variants: [{ name, images, seconds }], facts }
 *     { command: "train", variant, seconds }          → { images, seconds }
 *     { command: "evaluate", seconds }                → { images, seconds }
 */
import { createInterface } from "node:readline"
import type { Cell } from "../cells.ts"

/** How many images took how long. */
export interface Timing {
  readonly images: number
  readonly seconds: number
}

/** A cell made ready and warmed up. */
export interface Prepared {
  /** The ways in which this contender can run the cell, each timed briefly. */
  readonly variants: ReadonlyArray<Timing & { readonly name: string }>
  /** Other figures worth keeping. */
  readonly facts?: Readonly<Record<string, number>>
  /** Whole training steps for at least so many seconds. */
  train(variant: string, seconds: number): Timing | Promise<Timing>
  evaluate?(seconds: number): Timing | Promise<Timing>
}

export async function serve(prepare: (cell: Cell) => Promise<Prepared>) {
  const answer = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
  let prepared: Prepared | undefined
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line)
    if (message.command === "prepare") {
      prepared = await prepare(message.cell)
      answer({ variants: prepared.variants, facts: prepared.facts })
    } else if (message.command === "train") answer(await prepared!.train(message.variant, message.seconds))
    else answer(await prepared!.evaluate!(message.seconds))
  }
}
