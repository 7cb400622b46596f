/** The first section of a page: what was found, and the picture of it. */
import { arranged, type Claim } from "./claims.ts"
import type { Block, Section } from "./page.ts"

const isFigure = (block: Block, name: string) => block.kind === "figure" && block.figure.name === name

/**
 * Sections behind one with claims: the figure behind the first claim that has one on the page moves up beside it, and
 * claims name no figure that there is not.
 */
export function withHeadline(answers: Section, claims: ReadonlyArray<Claim>, rest: ReadonlyArray<Section>) {
  const blocks = rest.flatMap((section) => section.blocks)
  const known = arranged(claims).map(
    ({ figure, ...claim }): Claim =>
      figure !== undefined && blocks.some((block) => isFigure(block, figure)) ? { ...claim, figure } : claim
  )
  const name = known.find(({ figure }) => figure !== undefined)?.figure
  const headline = name === undefined ? undefined : blocks.find((block) => isFigure(block, name))
  const first: ReadonlyArray<Block> = [{ kind: "claims", claims: known }, ...(headline === undefined ? [] : [headline])]
  return [
    { ...answers, blocks: [...first, ...answers.blocks] },
    ...rest.map((section) => ({ ...section, blocks: section.blocks.filter((block) => block !== headline) }))
  ].filter((section) => section.blocks.length > 0)
}
