/** The page about a data set: what is in it, and what should be known before anything is trained on it. */
import type { SplitSurvey } from "../../data/survey/survey.ts"
import { type DataSummary, SUMMARY, writeSummary } from "../../results/survey.ts"
import { count } from "../page/format.ts"
import { renderPage, type Section, text } from "../page/page.ts"
import { dataClaims } from "./claims.ts"
import type { DataReport } from "./report.ts"
import { contactSheet, pairSheet } from "./sheets.ts"
import { alikeTable, classFigure, classTable, equalTable, pairTable, valueTable } from "./tables.ts"

/** Files of the report by path: index.html, index.md, summary.json, data/*.csv, figures/*. */
export async function dataReport(report: DataReport): Promise<Readonly<Record<string, Uint8Array>>> {
  const { title, train, survey } = report
  const { channels, height, width } = train
  const { groups, pairs } = survey
  const sizes = [
    count(survey.splits.train.count, "training image"),
    ...(survey.splits.test === undefined ? [] : [count(survey.splits.test.count, "test image")])
  ].join(", ")
  const sections: ReadonlyArray<Section> = [
    {
      id: "sound",
      title: "Can it be trusted?",
      blocks: [{ kind: "claims", claims: dataClaims(report) }]
    },
    {
      id: "images",
      title: "What is in it",
      blocks: [
        { kind: "sheet", sheet: contactSheet(report) },
        { kind: "table", table: classTable(report) },
        ...classFigure(report),
        { kind: "table", table: valueTable(report) }
      ]
    },
    {
      id: "alike",
      title: "Images that are alike",
      blocks: [
        text(alikeExplained),
        { kind: "table", table: alikeTable(survey) },
        ...(groups.length === 0 ? [] : [{ kind: "table", table: equalTable(report) } as const]),
        ...(pairs.length === 0
          ? []
          : [
              { kind: "sheet", sheet: pairSheet(report) } as const,
              { kind: "table", table: pairTable(report) } as const
            ])
      ]
    }
  ]
  const lead = `${sizes}, of ${channels}×${height}×${width} (channels × height × width) in ${count(train.classes, "class", "classes")}.`
  const page = await renderPage({ title, lead, sections })
  return { ...page, [SUMMARY]: writeSummary(summaryOf(report)) }
}

const alikeExplained =
  "Equal images are the same in every pixel. Nearly equal ones have perceptual hashes (64 bits, of the lowest frequencies of the picture) that differ in at most 4, and pixels that correlate to at least 0.95; equal ones are not counted again. What is nearly equal to one eye may be two examples to another: the pairs below show what was found."

const numbersOf = ({ count, classes, means, deviations, constant }: SplitSurvey) => ({
  count,
  classes,
  means,
  deviations,
  constant
})

/** What the command prints. */
export function summaryOf({ name, title, names, train, survey }: DataReport): DataSummary {
  const { channels, height, width } = train
  const { test } = survey.splits
  return {
    dataset: name,
    title,
    channels,
    height,
    width,
    names,
    train: numbersOf(survey.splits.train),
    test: test === undefined ? null : numbersOf(test),
    equal: survey.equal,
    near: survey.near,
    conflicts: survey.conflicts
  }
}
