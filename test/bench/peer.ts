/** A process of the benchmark, spoken to as `peers/serve.ts` describes. */
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Cell } from "./cells.ts"
import type { Timing } from "./peers/serve.ts"

export type Variant = Timing & { readonly name: string }

export interface Preparation {
  readonly variants: ReadonlyArray<Variant>
  readonly facts?: Readonly<Record<string, number>>
}

export class Peer {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>
  #complaint = "" // the end of what it wrote to stderr

  constructor(command: string, ...args: ReadonlyArray<string>) {
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] })
    this.#process.on("error", (error) => (this.#complaint += error.message))
    this.#process.stdin!.on("error", () => {}) // it ended; `ask` says so
    this.#process.stderr!.on("data", (data) => (this.#complaint = (this.#complaint + data).slice(-2000)))
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  async #ask<A>(command: object): Promise<A> {
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`)
    for (;;) {
      const { done, value } = await this.#answers.next()
      if (done) throw new Error(`${this.#process.spawnargs.join(" ")} ended:\n${this.#complaint}`)
      if (value.startsWith("{")) return JSON.parse(value) // libraries greet on stdout
    }
  }

  prepare(cell: Cell) {
    return this.#ask<Preparation>({ command: "prepare", cell })
  }
  /** Only PyTorch: makes the compiled form of a variant ready. */
  compile(cell: Cell, variant: string) {
    return this.#ask<Preparation>({ command: "compile", cell, variant })
  }
  train(variant: string, seconds: number) {
    return this.#ask<Timing>({ command: "train", variant, seconds })
  }
  evaluate(seconds: number) {
    return this.#ask<Timing>({ command: "evaluate", seconds })
  }

  stop(): void {
    this.#process.kill("SIGKILL")
  }
}
