/** A file of data is not what it should be: which, what was expected, what was found, what to do. */
export class DataError extends Error {
  override readonly name = "DataError"
  readonly _tag = "DataError"
  readonly file: string
  readonly expected: string
  readonly found: string
  readonly advice: string

  constructor(problem: {
    readonly file: string
    readonly expected: string
    readonly found: string
    readonly advice: string
  }) {
    super(`${problem.file}: expected ${problem.expected}, found ${problem.found}; ${problem.advice}`)
    this.file = problem.file
    this.expected = problem.expected
    this.found = problem.found
    this.advice = problem.advice
  }
}
