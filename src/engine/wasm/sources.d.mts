/** Text of a kernels' source as the module of this name has it; undefined if there is none. */
export function readSource(name: string, path: string): string | undefined
/** A module's entry, the type of its numbers, and the file that it has where it imports one. */
export function describe(name: string): {
  readonly entry: string
  readonly real: "f32" | "f64"
  readonly fileOf: (path: string) => string
}
