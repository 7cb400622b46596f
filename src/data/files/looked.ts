/** What was found where somebody has a data set, as a data set would declare it. */
interface Shape {
  readonly count: number
  readonly test?: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly classes: number
}

export interface Looked {
  /** The member `source` of the declaration. */
  readonly source: Readonly<Record<string, unknown>>
  readonly shape: Shape
  /** What was found, in one line. */
  readonly said: string
}

/** "1 class", "3 classes". */
export const classesText = (count: number): string => (count === 1 ? "1 class" : `${count} classes`)
