import { describe, expect, test } from "vitest"
import { expansionClaims } from "../../../src/report/expansion/claims.ts"
import { expansionReport } from "../../../src/report/expansion/page.ts"
import { configurationsOf } from "../../../src/report/expansion/rows.ts"
import { type Plan, syntheticExpansion } from "./fixture.ts"

const poor: Plan = { left: 0.8, cost: 0.3, costAgain: 0.1, gain: 0.01 }
const good: Plan = { left: 0.02, cost: 0.001, costAgain: 0, gain: -0.002 }
const claims = (plan: Plan) => {
  const all = expansionClaims(configurationsOf(syntheticExpansion(plan).networks))
  return (question: string) => all.find((claim) => claim.question.startsWith(question))!
}
const text = (files: Readonly<Record<string, Uint8Array>>, path: string) => new TextDecoder().decode(files[path])

describe("the claims about the expansion", () => {
  test("say no where the truncation holds nothing, and with what", () => {
    const claim = claims(poor)
    expect(claim("Does the truncation explain").holds).toBe(false)
    expect(claim("Do the first two terms hold")).toMatchObject({ holds: false })
    expect(claim("Do the first two terms hold").sentence).toContain("in 0 of 2 configurations (R₁ 0.400 to 0.800)")
    expect(claim("Does the truncated network classify").sentence).toContain("30.0 points")
    expect(claim("Does it after the dense layer").sentence).toContain("wins back 66.7 %")
    expect(claim("Is a trained parallel network").holds).toBe(false)
    expect(claim("Does training bring").holds).toBe(undefined) // at 2 layers it falls to 0.4, at 4 it rises to 0.8
    expect(claim("Does the truncation get worse with depth").holds).toBe(true)
    expect(claim("Are the layers weak").holds).toBe(false)
  })

  test("say yes where it holds", () => {
    const claim = claims(good)
    expect(claim("Does the truncation explain").holds).toBe(true)
    expect(claim("Do the first two terms hold").holds).toBe(true)
    expect(claim("Does the truncated network classify").holds).toBe(true)
    expect(claim("Is a trained parallel network").holds).toBe(true)
    expect(claim("Does training bring").holds).toBe(true)
    expect(claim("Are the layers weak").holds).toBe(true)
    expect(claim("Can a parallel network go on").holds).toBe(true)
  })

  test("leave it open where the parts disagree", () => {
    const claim = claims({ ...good, cost: 0.3 })("Does the truncation explain")
    expect(claim.holds).toBe(undefined)
    expect(claim.sentence).toContain("hold the trained networks")
    expect(claim.sentence).toContain("do not classify as well")
  })
})

describe("the report on the expansion", () => {
  test("has the page, its figures and every table as CSV, the same bytes each time", async () => {
    const files = await expansionReport(syntheticExpansion(poor))
    expect(await expansionReport(syntheticExpansion(poor))).toEqual(files)
    for (const name of ["overview", "orders", "continued", "networks"])
      expect(files).toHaveProperty([`data/${name}.csv`])
    for (const figure of ["spectrum", "remainder-training", "truncated-accuracy", "masks", "jacobians"])
      expect(text(files, "index.html")).toContain(`id="figure-${figure}-digits-relu"`)
    expect(text(files, "index.html")).toContain('id="figure-strength-digits"')
    expect(text(files, "index.md")).toContain("4 sequential networks of 2 configurations, on 32 validation images")
    expect(text(files, "index.html")).not.toMatch(/NaN|undefined|Infinity/)
  })

  test("leaves networks out that diverged or are missing, and says how many", async () => {
    const { networks, ...rest } = syntheticExpansion(poor, [0, 1, 2])
    const broken = networks.map((network, i) =>
      i === 0
        ? { ...network, moments: network.moments.map((m) => ({ ...m, analysis: undefined })) }
        : i === 1
          ? {
              ...network,
              moments: network.moments.map((m) => ({ ...m, analysis: { ...m.analysis!, loss: Number.NaN } }))
            }
          : network
    )
    const files = await expansionReport({ ...rest, networks: broken })
    expect(text(files, "index.md")).toContain("Left out of all means: 2 networks of the series")
    const none = await expansionReport({ ...rest, networks: [broken[0]] })
    expect(text(none, "index.md")).toContain("nothing to show")
  })

  test("does without what is not there: readouts, continued trainings, parallel networks", async () => {
    const { networks, ...rest } = syntheticExpansion(poor)
    const bare = networks.map((n) => ({
      ...n,
      readout: undefined,
      continued: [],
      parallel: undefined,
      metrics: undefined
    }))
    const files = await expansionReport({ ...rest, networks: bare })
    expect(text(files, "index.md")).toContain("R₁ 0.400 to 0.800")
    expect(text(files, "index.md")).not.toMatch(/NaN|undefined/)
  })
})
