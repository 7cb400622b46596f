/** Claims as a page's Markdown has them, without the page. */
import { answerOf, type Claim, questionText } from "../../src/report/page/claims.ts"

export const claimsText = (claims: ReadonlyArray<Claim>): string =>
  claims
    .map(({ holds, sentence, ...asked }) => `- **${questionText(asked)} ${answerOf(holds)}.** ${sentence}`)
    .join("\n")
