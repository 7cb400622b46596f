/** Questions and what the results say to them: what is decided first, what is open for the same reason once. */
/** A question and what the results say to it. */
export interface Claim {
  readonly question: string
  /** true: yes; false: no, the opposite holds; undefined: it cannot be told. */
  readonly holds: boolean | undefined
  readonly sentence: string
  /** Name of the figure behind it, on the same page. */
  readonly figure?: string
  /** Of an open one: why, and the numbers. Those of one reason become one. */
  readonly open?: { readonly why: string; readonly detail: string }
  /** Of an open one: it is told in part, such as that there is a difference, but not how large it is. */
  readonly partly?: true
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** An open claim: its reason, then its numbers. */
export const openClaim = (question: string, why: string, detail: string, figure?: string): Claim => ({
  question,
  holds: undefined,
  sentence: `${capital(why)}${detail === "" ? "" : `: ${detail}`}.`,
  open: { why, detail },
  ...(figure !== undefined && { figure })
})

/** Decided claims first, in their order; then those told in part, then the open ones, those of the same reason in one. */
export function arranged(claims: ReadonlyArray<Claim>): ReadonlyArray<Claim> {
  const decided = claims.filter(({ holds }) => holds !== undefined)
  const partly = claims.filter((claim) => claim.partly === true)
  const groups = Map.groupBy(
    claims.filter(({ holds, partly }) => holds === undefined && partly !== true),
    (claim) => claim.open?.why ?? claim
  )
  const open = [...groups.values()].map((group): Claim => {
    const [first] = group
    if (group.length === 1 || first.open === undefined) return first
    const details = group.map(({ open }) => open?.detail ?? "").filter((detail) => detail !== "")
    return openClaim(group.map(({ question }) => question).join(" "), first.open.why, details.join("; "), first.figure)
  })
  return [...decided, ...partly, ...open]
}
