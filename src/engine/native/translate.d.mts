/**
 * An entry of the kernels as C. `textOf`: the text of a file of kernels; `fileOf`: the name of the file where another one
 * stands in its place. Throws, with file and line, where something is not known.
 */
export function translate(
  entry: string,
  textOf: (name: string) => string,
  real: "f32" | "f64",
  fileOf?: (name: string) => string
): string
