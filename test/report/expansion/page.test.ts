import { describe, expect, test } from "vitest"
import { comparisonsOf } from "../../../src/report/evidence/comparisons.ts"
import { evidenceText } from "../../../src/report/evidence/verdicts.ts"
import { expansionClaims } from "../../../src/report/expansion/claims.ts"
import { expansionReport } from "../../../src/report/expansion/page.ts"
import { configurationsOf } from "../../../src/report/expansion/rows.ts"
import { type Plan, syntheticExpansion, trialsOf } from "./fixture.ts"

const poor: Plan = { left: 0.8, cost: 0.3, costAgain: 0.1, gain: 0.01 }
const good: Plan = { left: 0.02, cost: 0.001, costAgain: 0, gain: -0.002 }
const claims = (plan: Plan) => {
  const all = expansionClaims(syntheticExpansion(plan).trials, configurationsOf(syntheticExpansion(plan).networks))
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
    expect(claim("Does it after the dense layer").sentence).toContain(
      "wins back 66.7 % by the first, 66.7 % by the second"
    )
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

describe("claims compare what can be compared", () => {
  const { networks } = syntheticExpansion(poor, [0, 1, 2])
  const at = (all: typeof networks, question: string) =>
    expansionClaims(trialsOf(all), configurationsOf(all)).find((claim) => claim.question.startsWith(question))!

  test("what retraining wins back stands beside both baselines, the network as trained and the one it has harmed", () => {
    // Retraining costs the whole network 8 points; T₀ + T₁ lost 30 and is 10 behind the retrained whole.
    const harmed = networks.map((network) => ({
      ...network,
      readout: network.readout!.map((r) => ({
        ...r,
        retrained: {
          ...r.retrained,
          validation: { ...r.retrained.validation, accuracy: r.retrained.validation.accuracy - 0.08 }
        }
      }))
    }))
    const { sentence } = at(harmed, "Does it after the dense layer")
    expect(sentence).toContain("has 72.1 % validation accuracy")
    expect(sentence).toContain(
      "90.1 % as it was trained, and 82.1 % after the same retraining, which costs it 8.0 points"
    )
    expect(sentence).toContain("wins back 40.0 % by the first, 66.7 % by the second")
    expect(sentence).toContain("depends on which it is compared with")
  })

  test("where retraining is within the cost of one baseline alone, it is open", () => {
    const shifted = networks.map((network) => ({
      ...network,
      readout: network.readout!.map((r) => {
        const accuracy = r.order === 1 ? 0.82 : r.order === null ? 0.821 : r.retrained.validation.accuracy
        return { ...r, retrained: { ...r.retrained, validation: { ...r.retrained.validation, accuracy } } }
      })
    }))
    expect(at(shifted, "Does it after the dense layer").holds).toBe(undefined)
  })

  test("along an axis the same seeds are compared, and it is said which", () => {
    // Seeds 1 and 2 would reverse the order: R₁ of the 2-layer network falls with the seed.
    const one = networks
      .filter((n) => n.network.layers === 2 || n.seed === 0)
      .map((n) => ({
        ...n,
        moments: n.moments.map(({ epoch, analysis }) => ({
          epoch,
          analysis: {
            ...analysis!,
            exact: analysis!.exact.map((o) => (n.seed === 0 || o.order !== 1 ? o : { ...o, remainder: 5 }))
          }
        }))
      }))
    const claim = at(one, "Does the truncation get worse with depth")
    expect(claim.sentence).toBe("R₁ is 0.400 at 2 layers and 0.800 at 4 layers (seed 0 alone, which all have).")
    expect(claim.holds).toBe(true)
    expect(at(one, "Is a trained parallel network").sentence).toContain(
      "(means of 1 to 3 seeds, each configuration once)"
    )
    expect(at(networks, "Is a trained parallel network").sentence).not.toContain("seeds")
  })

  test("numbers that are set beside each other are of the same networks", () => {
    // The parallel network of seed 2 is missing: its sequential partner, much worse, does not count either.
    const lost = networks.map((n) =>
      n.seed < 2
        ? n
        : {
            ...n,
            parallel: undefined,
            readout: n.readout!.map((r) => ({
              ...r,
              trained: { ...r.trained, validation: { ...r.trained.validation, accuracy: 0.1 } }
            }))
          }
    )
    expect(at(lost, "Is a trained parallel network").sentence).toContain("is 90.1 % for sequential networks, 91.1 %")
  })

  test("whether there is an equivalence to explain is said by the tests that all reports make, and heads the answer", () => {
    const eight = [0, 1, 2, 3, 4, 5, 6, 7]
    const of = (gain: number, seeds = eight) => {
      const { networks: all, trials } = syntheticExpansion({ ...poor, gain }, seeds)
      const claims = expansionClaims(trials, configurationsOf(all))
      const said = claims.find((claim) => claim.question.startsWith("Are deep and shallow"))!
      const comparison = comparisonsOf(trials).find(
        (c) => c.interval.label === "all" && c.measure.name === "validation loss"
      )!
      expect(said.sentence).toContain(evidenceText(comparison))
      return { holds: said.holds, answer: claims[0].sentence }
    }
    expect(of(0.001)).toMatchObject({
      holds: true,
      answer: expect.stringContaining("That they are about equal is not")
    })
    expect(of(0.1)).toMatchObject({ holds: false, answer: expect.stringContaining("They differ; how near") })
    expect(of(0.001, [0, 1])).toMatchObject({ holds: undefined, answer: expect.stringContaining("is open; how near") })
  })

  test("weights that go on do so with a fresh optimizer, and that is said", () => {
    expect(at(networks, "Can a parallel network go on").sentence).toContain("went on as it was, with a fresh optimizer")
  })
})

describe("the report on the expansion", () => {
  test("has the page, its figures and every table as CSV, the same bytes each time", async () => {
    const files = await expansionReport(syntheticExpansion(poor))
    expect(await expansionReport(syntheticExpansion(poor))).toEqual(files)
    for (const name of ["overview", "orders", "continued", "networks"])
      expect(files).toHaveProperty([`data/${name}.csv`])
    for (const figure of ["shares", "spectrum", "remainder-training", "truncated-accuracy", "masks", "jacobians"])
      expect(text(files, "index.html")).toContain(`id="figure-${figure}-digits-relu"`)
    expect(text(files, "index.html")).toContain('id="figure-strength-digits"')
    expect(text(files, "index.md")).toContain("4 sequential networks of 2 configurations, on 32 validation images")
    expect(text(files, "index.md")).toContain("| engine | wasm | float32 (numeric class wasm-f32) |")
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

  test("says which seeds it compares along an axis, and of how many its means are", async () => {
    const { networks, ...rest } = syntheticExpansion(poor, [0, 1, 2])
    const files = await expansionReport({
      ...rest,
      networks: networks.filter((n) => n.network.layers === 2 || n.seed === 0)
    })
    expect(text(files, "index.md")).toContain("Configurations are means of 1 to 3 seeds")
    expect(text(files, "index.md")).toContain("by layers (digits, relu, 1 filter, seed 0 alone, which all have)")
  })

  test("tells how exactly the norms are computed", async () => {
    expect(text(await expansionReport(syntheticExpansion(poor)), "index.md")).toContain("‖Jᵢ‖ is computed to 0.1 %")
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
    // Without readouts the truncated sums of the analysis are what is known.
    expect(text(files, "index.md")).toContain("on the 32 images of the analysis")
    expect(text(files, "index.md")).not.toMatch(/NaN|undefined/)
  })
})

describe("the scope of the networks", () => {
  const { networks, ...rest } = syntheticExpansion(poor)
  const scopeOf = (rate: number) => ({
    name: `digits, learningRate=${rate}`,
    slug: `digits-learningrate-${rate}`,
    dataset: "digits",
    cells: [["learningRate", rate]] as const
  })
  const report = (rates: ReadonlyArray<number>) =>
    expansionReport({
      ...rest,
      networks: rates.flatMap((rate) => networks.map((network) => ({ ...network, scope: scopeOf(rate) })))
    })

  test("stands in the headings of tables where it is one, in columns of tables and data always", async () => {
    const [one, two] = [await report([0.001]), await report([0.001, 0.01])]
    const titles = (files: Readonly<Record<string, Uint8Array>>) =>
      [...text(files, "index.html").matchAll(/class="table"[^>]*>(?:<summary>)?<h3 class="title">(.*?)<\/h3>/g)].map(
        ([, title]) => title
      )
    for (const title of titles(one))
      if (!title.includes("chose")) expect(title).toMatch(/ \(digits, learningRate=0\.001\)$/)
    for (const title of titles(two)) expect(title).not.toContain("learningRate")
    const csvs = Object.keys(two).filter((path) => path.endsWith(".csv") && path !== "data/assumptions.csv")
    expect(csvs.length).toBeGreaterThan(8)
    for (const path of csvs) expect(text(two, path), path).toMatch(/^dataset,learning_rate,kernel,/)
    expect(text(two, "index.md")).toContain("| learningRate | Filters | Layers |")
  })
})
