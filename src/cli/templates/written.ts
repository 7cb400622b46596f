/** What `pipeline new` writes. */

/** A name as it is typed (`class-counts`), as a variable (`classCounts`) and as a type (`ClassCounts`). */
export interface Named {
  readonly name: string
  readonly ident: string
  readonly type: string
}

export interface Written {
  /** Path in the project → text. */
  readonly files: Readonly<Record<string, string>>
  /** The list in pipeline.ts that gets the entry. */
  readonly list: "stages" | "studies" | "datasets"
  readonly import: string
  readonly entry: string
  /** What to do then. */
  readonly next: string
}
