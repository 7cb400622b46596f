/** What the page about a data set is made of. */
import type { StoredSet } from "../../data/examples.ts"
import type { Place, Survey } from "../../data/survey/survey.ts"
import { integer } from "../page/format.ts"

export interface DataReport {
  readonly name: string
  readonly title: string
  /** What the classes are called. */
  readonly names: ReadonlyArray<string>
  readonly train: StoredSet
  readonly test: StoredSet | undefined
  readonly survey: Survey
}

export const shownSet = (split: string): string => (split === "train" ? "training" : "test")

/** "test 1,234" */
export const shownPlace = ({ split, index }: Place): string => `${shownSet(split)} ${integer(index)}`
