/** Numbers as parameters have them, with the bounds beyond which they mean nothing. */
import * as Schema from "effect/Schema"

export const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))
export const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 }))
export const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
export const Epochs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))
export const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
