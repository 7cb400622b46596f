/**
 * Where each data set comes from, by its name: trials carry the name alone, so that twenty thousand of them stay small.
 */
import { DeclarationError } from "../../src/graph/errors.ts"
import type { FetchParameters } from "./fetch-parameters.ts"

const declared = new Map<string, FetchParameters>()

export const declareSource = (parameters: FetchParameters): void =>
  void declared.set(parameters.dataset.name, parameters)

/** Throws `DeclarationError`. */
export function fetchParametersOf(name: string): FetchParameters {
  const parameters = declared.get(name)
  if (parameters !== undefined) return parameters
  throw new DeclarationError({ where: `the data set '${name}'`, problem: "is used, but no file declares it" })
}
