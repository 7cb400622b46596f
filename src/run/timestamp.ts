/** The time as traces and notes have it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Now, UTC: `2026-01-31T12:00:00.000Z`. */
export const timestamp: Effect.Effect<string> = Effect.map(Clock.currentTimeMillis, (time) =>
  new Date(time).toISOString()
)
