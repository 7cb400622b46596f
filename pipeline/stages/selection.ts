/**
 * Nothing is selected on an official test set. It validates in the study `paper`, as in the paper, and in
 * `expansion-paper`, which borrows its networks; whatever selects refuses such trials when it is planned. Plain functions.
 */
/** What says whether the official test set validates. */
interface Validated {
  readonly dataset: { readonly validation: "test" | number }
}

export const NOT_HERE =
  "nothing is selected where the official test set validates: let the data set's `validation` be a number of training images"

/** What of a training selects: the epoch that ends it, that whose weights are kept, a learning rate. */
interface Selecting extends Validated {
  readonly patience?: unknown
  readonly keep?: unknown
  readonly search?: unknown
}

export function selectionProblem({ dataset, ...trial }: Selecting) {
  const asked = (["keep", "patience", "search"] as const).find((member) => trial[member] !== undefined)
  return asked === undefined || dataset.validation !== "test" ? undefined : { path: [asked], issue: NOT_HERE }
}
