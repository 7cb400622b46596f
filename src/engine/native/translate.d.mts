/**
 * An entry of the kernels as C. `textOf`: the text of a file of kernels. Throws, with file and line, where something is
 * not known.
 */
export function translate(entry: string, textOf: (name: string) => string, real: "f32" | "f64"): string
