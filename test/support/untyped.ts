/** A value as JavaScript would give it, for tests of what is said where types were not checked. */
// biome-ignore lint/suspicious/noExplicitAny: that it fits everywhere is what it is for
export const untyped = (value: unknown): any => value
