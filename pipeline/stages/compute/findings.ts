/** The page of findings, from the claims of the reports that are there. */
import { list, oneOf, parse, record, text } from "../../../src/data/json.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { findingsPage, type Said } from "../../../src/report/findings/page.ts"
import type { FindingsParameters } from "../findings.ts"

const said = list(record({ question: text, answer: oneOf("yes", "no", "open"), sentence: text }))

const compute: Compute<FindingsParameters> = ({ parameters, files }) => {
  const { title, lead, questions } = parameters
  const claims = new Map<string, ReadonlyArray<Said>>()
  for (const path in files) claims.set(path.split("/")[1], parse(files[path](), said, path))
  return findingsPage({ title, lead, questions, claims })
}

export default compute
