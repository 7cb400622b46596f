/** An engine cannot run on this machine: why, and what mends it. Plain TypeScript, so that compute modules can throw it. */
export class EngineUnavailable extends Error {
  readonly _tag = "EngineUnavailable"
  readonly engine: string
  readonly reason: string
  /** A command or a sentence that says what to do. */
  readonly remedy: string

  constructor(engine: string, reason: string, remedy: string) {
    super(`the engine ${engine} cannot run here: ${reason}. ${remedy}`)
    this.engine = engine
    this.reason = reason
    this.remedy = remedy
  }
}

/** The first line of what an error says, without the stack that some libraries put into it. */
export const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error)
    .split("\n")[0]
    .trim()
