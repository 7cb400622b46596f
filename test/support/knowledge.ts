/** What plans are made from where nothing is known of anything: no node ran, no file is there. */
import type { Knowledge } from "../../src/graph/plan.ts"

export const nothingKnown: Knowledge = {
  code: () => "code",
  files: () => ({}),
  outputs: () => undefined,
  has: () => false,
  traces: () => [],
  failure: () => undefined,
  codeParts: () => undefined
}
