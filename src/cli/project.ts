/** Where the project is. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

export const PIPELINE_FILE = join("pipeline", "pipeline.ts")

/** The nearest folder upwards that declares a pipeline. */
export function projectAbove(folder: string): string | undefined {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, PIPELINE_FILE))) return here
    if (here === dirname(here)) return undefined
  }
}
