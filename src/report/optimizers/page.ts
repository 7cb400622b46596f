/** The report on optimizers: deep against shallow under several methods. A pure function from results to files. */
import { type Assumption, assumptionsTable, tableBlock } from "../evidence/trial-tables.ts"
import type { Claim } from "../page/claims.ts"
import { count, list } from "../page/format.ts"
import { figures, type Page, renderPage, type Section, text } from "../page/page.ts"
import { contrastFigure, curvesFigure } from "./figures.ts"
import {
  type Cell,
  cellsOf,
  cellTitle,
  type Difference,
  isFinished,
  lnLossOf,
  type Outcome,
  type Series
} from "./rows.ts"
import { contrastTable, outcomesTable, trainingsTable } from "./tables.ts"

export interface OptimizersReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  /** The method that the paper has, which others are compared with. */
  readonly usual: string
  readonly outcomes: ReadonlyArray<Outcome>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export const optimizersReport = (input: OptimizersReport): Promise<Readonly<Record<string, Uint8Array>>> =>
  renderPage(pageOf(input))

function pageOf({ title, question, assumptions, usual, outcomes }: OptimizersReport): Page {
  const cells = cellsOf(outcomes)
  const done = outcomes.filter(isFinished)
  const diverged = outcomes.filter(({ metrics }) => metrics?.status === "diverged").length
  const coverage = `${done.length} of ${count(outcomes.length, "training")} finished${diverged > 0 ? `, ${diverged} diverged and are in no mean` : ""}.`
  const sections: ReadonlyArray<Section> = [
    { id: "answers", title: "In short", blocks: [{ kind: "claims", claims: claimsOf(cells, usual) }, text(coverage)] },
    {
      id: "contrasts",
      title: "Deep against shallow",
      blocks: [...figures([contrastFigure(cells)]), tableBlock(contrastTable(cells))]
    },
    { id: "methods", title: "What each method came to", blocks: [tableBlock(outcomesTable(cells))] },
    { id: "curves", title: "As the trainings go on", blocks: figures(cells.map(curvesFigure)) },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    {
      id: "sources",
      title: "Where every number comes from",
      blocks: [
        text("Which code, parameters, data, seed, engine and machine made a node's outputs:"),
        { kind: "code", text: `npx pipeline show ${outcomes.map(({ nodes }) => nodes.train).find(Boolean) ?? "NODE"}` },
        tableBlock(trainingsTable(outcomes))
      ]
    }
  ]
  return { title, lead: question, sections }
}

/** A cell with what the usual method and the best one make of deep and shallow in it. */
interface Compared {
  readonly cell: Cell
  readonly usual: Difference
  readonly best: Difference
  readonly method: string
}

/** The method with the least training loss in a cell, of those that have pairs. */
function bestOf({ methods }: Cell): Series | undefined {
  const able = methods.filter(({ contrast }) => contrast !== undefined)
  return able.toSorted((a, b) => lnLossOf(a)! - lnLossOf(b)!)[0]
}

/** −1 or 1 where the difference stands after the correction, else 0. */
const signOf = ({ verdict }: Difference): number => ("sign" in verdict ? verdict.sign : 0)

function claimsOf(cells: ReadonlyArray<Cell>, usual: string): ReadonlyArray<Claim> {
  const compared = cells.flatMap((cell): ReadonlyArray<Compared> => {
    const best = bestOf(cell)
    const common = cell.methods.find(({ method }) => method === usual)?.contrast
    if (best === undefined || common === undefined || best.method === usual) return []
    return [{ cell, usual: common.training, best: best.contrast!.training, method: best.method }]
  })
  const leading = cells.flatMap((cell) => {
    const best = bestOf(cell)
    return best === undefined ? [] : [`${best.method} (${cellTitle(cell)})`]
  })
  const best: Claim = {
    question: `Does a method reach a lower training loss than ${usual} with the same passes?`,
    holds:
      leading.length === 0
        ? undefined
        : compared.length === leading.length
          ? true
          : compared.length === 0
            ? false
            : undefined,
    sentence: leading.length === 0 ? "No cell has finished pairs yet." : `The lowest has ${list(leading)}.`
  }
  const question = "Are deep and shallow closer under the best method?"
  if (compared.length === 0)
    return [best, { question, holds: undefined, sentence: `No cell has pairs of both ${usual} and a better method.` }]
  const closer = compared.filter((one) => Math.abs(one.best.mean) < Math.abs(one.usual.mean))
  const turned = compared.filter((one) => signOf(one.best) * signOf(one.usual) < 0)
  const figure = "contrasts"
  const values = compared.map(
    (one) =>
      `${cellTitle(one.cell)}: ${one.usual.mean.toFixed(2)} by ${usual}, ${one.best.mean.toFixed(2)} by ${one.method}`
  )
  return [
    best,
    {
      question,
      holds: closer.length === compared.length ? true : closer.length === 0 ? false : undefined,
      sentence: `ln training loss, deepest − shallowest, is nearer to zero in ${closer.length} of ${count(compared.length, "cell")}: ${values.join("; ")}.`,
      figure
    },
    {
      question: "Does the sign turn: is the other architecture ahead under the best method?",
      holds: compared.some((one) => one.usual.interval === undefined) ? undefined : turned.length > 0,
      sentence: compared.some((one) => one.usual.interval === undefined)
        ? "Fewer than six seeds: no interval tells."
        : `In ${turned.length} of ${count(compared.length, "cell")} both differences stand, with opposite signs.`,
      figure
    }
  ]
}
