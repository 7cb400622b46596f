/** The page about a data set, from the images that it has. */
import { imageSetsOf } from "../../../src/data/examples.ts"
import { classNamesOf } from "../../../src/data/files/set.ts"
import { surveyOf } from "../../../src/data/survey/survey.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { dataReport } from "../../../src/report/data/page.ts"
import type { DataParameters } from "../data.ts"

const compute: Compute<DataParameters> = ({ parameters: { name, title }, inputs, progress }) => {
  const sets = imageSetsOf(inputs.dataset)
  const train = sets.train ?? sets[""]
  const { test } = sets
  const total = train.count + (test?.count ?? 0)
  const survey = surveyOf({ train, test }, (done) => progress({ done, total, unit: "images" }))
  const names = classNamesOf(inputs.dataset) ?? Array.from({ length: train.classes }, (_, label) => String(label))
  return dataReport({ name, title, names, train, test, survey })
}

export default compute
