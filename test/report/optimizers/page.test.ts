/** The reports on optimizers, on made-up trainings: what they claim, and that they claim the opposite where that holds. */
import { describe, expect, test } from "vitest"
import { random } from "../../../src/network/philox.ts"
import { trainingLoss, validationAtEqualLoss } from "../../../src/report/optimizers/measures.ts"
import type { Outcome } from "../../../src/report/optimizers/outcome.ts"
import { type OptimizersReport, optimizersReport, pageOf } from "../../../src/report/optimizers/page.ts"
import { cellsOf, closeness, differenceIn, groupsOf, pooled } from "../../../src/report/optimizers/rows.ts"
import { levelOf, sparedOf } from "../../../src/report/optimizers/tables.ts"
import { questionText } from "../../../src/report/page/claims.ts"

const network = {
  ...{ channels: 1, height: 14, width: 14, classes: 10, layers: 16, filters: 2, kernel: 3 },
  residual: true
} as const

/** Training losses of deep and shallow under each method. */
type Losses = Readonly<Record<string, readonly [number, number]>>

interface Made {
  readonly seeds?: number
  readonly examples?: ReadonlyArray<number>
  readonly task?: Readonly<Record<string, string>>
  /** Seconds of a pass by each method; 1 if left out. */
  readonly seconds?: Readonly<Record<string, number>>
}

/** Noise of the seeds is a thousandth. */
function outcomes(
  losses: Losses,
  { seeds = 8, examples = [228, 2280], task = {}, seconds = {} }: Made = {}
): ReadonlyArray<Outcome> {
  const { uniform } = random(0, "test/optimizers")
  return examples.flatMap((count) =>
    Object.entries(losses).flatMap(([method, ends]) =>
      [16, 1].flatMap((depth, i) =>
        Array.from({ length: seeds }, (_, seed): Outcome => {
          const loss = ends[i] * (1 + 0.001 * uniform())
          const each = seconds[method] ?? 1
          const curve = [1, 10, 100].map((passes) => ({
            ...{ passes, seconds: each * passes, loss: loss * (1 + (100 - passes) / passes) },
            ...{ validationLoss: 0.5 + 1 / passes, validationAccuracy: 0.9, gradientNorm: 0.1 }
          }))
          const scores = { count, loss, accuracy: 0.9 }
          return {
            ...{ method, dataset: "digits14", examples: count, seed, task, price: 3600 },
            network: { ...network, depth, activation: "tanh" },
            nodes: { train: `train/${method}/${depth}/${seed}` },
            metrics: {
              ...{ status: "finished", epochs: 100, parameters: 4558, overdetermination: 0.5 },
              train: scores,
              validation: { ...scores, loss: 0.51 }
            },
            curve,
            ended: method === "CG" ? "passes spent" : undefined,
            negative: 0
          }
        })
      )
    )
  )
}
const unrun = (all: ReadonlyArray<Outcome>): ReadonlyArray<Outcome> =>
  all.map((one) => ({ ...one, metrics: undefined, curve: [], ended: undefined, nodes: {} }))

const input = (outcomes: ReadonlyArray<Outcome>, about: OptimizersReport["about"]): OptimizersReport => ({
  ...{ about, title: "Optimizers", question: "Which?", usual: "RMSprop", processor: "some core", outcomes },
  assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f64" }]
})
const report = (all: ReadonlyArray<Outcome>) => optimizersReport(input(all, "methods"))
const textOf = (files: Readonly<Record<string, Uint8Array>>, name: string) => new TextDecoder().decode(files[name])
/** What is answered, a line each, without drawing any figure. */
const answers = (all: ReadonlyArray<Outcome>, about: OptimizersReport["about"] = "methods"): string =>
  pageOf(input(all, about))
    .sections.flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === "claims" ? block.claims : [])))
    .map((claim) => {
      const mark = claim.holds === undefined ? "open" : claim.holds ? "yes" : "no"
      return `${questionText(claim)} ${mark}. ${claim.sentence}`
    })
    .join("\n")

describe("the report on methods", () => {
  test("says of each size that the equivalence gets tighter where it does", () => {
    const text = answers(outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] }))
    for (const size of ["228 images", "2,280 images"]) {
      expect(text).toMatch(new RegExp(`${size}.*lower training loss than RMSprop at equal passes\\? yes.*CG 0.074`))
      expect(text).toMatch(new RegExp(`${size}.*differ in training loss\\? yes.*RMSprop 2.0 .*CG 1.1`))
      expect(text).toMatch(new RegExp(`${size}.*closer in training loss than under RMSprop\\? yes.*Closer under CG`))
      expect(text).toMatch(new RegExp(`${size}.*other architecture ahead.*\\? no.*none of CG`))
    }
  })

  test("says that it turns where it does, and is further apart", () => {
    const text = answers(outcomes({ RMSprop: [0.1, 0.12], CG: [0.02, 0.01] }))
    expect(text).toMatch(/closer in training loss than under RMSprop\? no.*Further apart under CG/)
    expect(text).toMatch(/other architecture ahead.*\? yes.*Under CG/)
    expect(text).toMatch(/The deep are ahead under RMSprop; the shallow are ahead under CG/i)
  })

  test("says what is about equal, and leaves open what few seeds or many methods cannot decide", () => {
    expect(answers(outcomes({ RMSprop: [0.1, 0.1], CG: [0.01, 0.0101] }))).toMatch(
      /differ in training loss\? no.*They are about equal under RMSprop and CG/
    )
    expect(answers(outcomes({ RMSprop: [0.1, 0.12], CG: [0.02, 0.01] }, { seeds: 3 }))).toMatch(
      /differ in training loss\? open.*Open: all of them \(a test needs 7 seeds\)/
    )
    const many = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [i === 0 ? "RMSprop" : `M${i}`, [0.2 + i / 100, 0.1] as const])
    )
    expect(answers(outcomes(many))).toMatch(/differ in training loss\? open.*among 8 tests, 9 can/)
  })

  test("compares at equal cost: what is better with as many passes may be worse for its price", () => {
    const dear = outcomes({ RMSprop: [0.1, 0.1], CG: [0.05, 0.05] }, { seconds: { CG: 10 } })
    const text = answers(dear)
    expect(text).toMatch(/at equal passes\? yes/)
    expect(text).toMatch(/at equal cost\? no.*CG 5.0 /)
    expect(sparedOf(cellsOf(dear)[0])).toBe(100)
  })

  test("speaks of what has run alone, and tells the price of the rest", async () => {
    const small = outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] }, { examples: [228] })
    const large = unrun(outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] }, { examples: [2280] }))
    const text = answers([...small, ...large])
    expect(text).toMatch(
      /2,280 images of digits14, Q 5.0: What of it\? open.*Not run: 32 trainings, about 32 core-hours/
    )
    expect(pageOf(input([...small, ...large], "methods")).lead).toMatch(
      /32 of 64 trainings finished; 32 have not run, about 32 core-hours, and nothing is said of them/
    )
    expect(text.match(/2,280 images/g)).toHaveLength(1)
    const files = await report([...small, ...large])
    expect(textOf(files, "data/methods.csv")).not.toContain("2280")
    expect(textOf(files, "data/coverage.csv")).toContain("digits14,2280,5.00")
  })

  test("names how trainings failed", async () => {
    const all = outcomes({ RMSprop: [0.2, 0.1], CG: [0.02, 0.01] }, { examples: [228], seeds: 3 })
    const failed = all.map((one, i): Outcome => {
      if (one.method !== "CG" || one.metrics === undefined) return one
      const ended = ["line search exhausted", "precision reached", "passes spent"][i % 3]
      return i % 3 < 2
        ? { ...one, ended, negative: 2 }
        : { ...one, ended: undefined, metrics: { ...one.metrics, status: "diverged" } }
    })
    const files = await report(failed)
    expect(textOf(files, "data/methods.csv")).toContain(
      '"1 line search exhausted, 1 precision reached, 1 diverged, 2 met negative curvature"'
    )
    expect(textOf(files, "data/trainings.csv")).toMatch(/CG,16,0,line search exhausted,.*,2,train/)
    expect(pageOf(input(failed, "methods")).lead).toMatch(/10 of 12 trainings finished; 2 diverged and are in no mean/)
  })

  test("compares other ways of a method with it alone, on a figure of their own", async () => {
    const main = outcomes({ RMSprop: [0.2, 0.1], CG: [0.02, 0.01] }, { examples: [228] })
    const ways = outcomes({ "CG in float32": [0.02, 0.01], "RMSprop, all images a step": [2, 1] }, { examples: [228] })
    const all = [...main, ...ways.map((one) => ({ ...one, wayOf: one.method.startsWith("CG") ? "CG" : "RMSprop" }))]
    const text = answers(all)
    expect(text).toMatch(
      /other ways of the same methods .*\? yes.*CG in float32 1.0 \(.*of CG's; RMSprop, all images a step 10 .*Higher: RMSprop, all images a step; about equal: CG in float32/
    )
    expect(text).toMatch(/differ in training loss\? yes.*under RMSprop and CG\./)
    const files = await report(all)
    expect(textOf(files, "index.html")).toContain('id="figure-curves-ways-digits14-228-tanh"')
    expect(textOf(files, "data/curves-digits14-228-tanh.csv")).not.toContain("float32")
    expect(textOf(files, "data/pooled.csv")).not.toContain("float32")
    expect(textOf(files, "data/methods.csv")).toContain("CG in float32")
  })

  test("is the same bytes each time, with every table and figure, also where much is missing", async () => {
    const all = outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] })
    const files = await report(all)
    expect(await report(all)).toEqual(files)
    for (const name of ["methods", "contrasts", "pooled", "coverage", "trainings"])
      expect(files).toHaveProperty([`data/${name}.csv`])
    expect(textOf(files, "index.html")).toContain('id="figure-curves-digits14-228-tanh"')
    expect(textOf(files, "index.md")).toContain("numeric class wasm-f64")
    const bare = all.map((one, i) => (i % 3 === 0 ? one : unrun([one])[0]))
    for (const some of [files, await report(bare), await report(bare.slice(1, 2)), await report([])])
      expect(textOf(some, "index.html")).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe("what it compares", () => {
  const all = outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] })
  const [cell] = cellsOf(all)
  const [group] = groupsOf(cellsOf(all))

  test("the training loss that all reach", () => {
    expect(levelOf(cell)).toBeGreaterThan(0.2)
    expect(levelOf(cell)).toBeLessThan(0.205)
  })

  test("pairs of one seed, each seed's differences averaged over the cells of a group", () => {
    const both = groupsOf(cellsOf(all.map((one) => ({ ...one, examples: 228, task: { Size: String(one.examples) } }))))
    expect(both).toHaveLength(1)
    const [rmsprop, cg] = pooled(both[0], trainingLoss)
    expect(rmsprop).toMatchObject({ method: "RMSprop", pairs: 16, verdict: { kind: "different", sign: 1 } })
    expect(Math.exp(rmsprop.mean)).toBeCloseTo(2, 2)
    expect(Math.exp(cg.mean)).toBeCloseTo(1.1, 2)
    const [nearer] = closeness(group, "RMSprop", trainingLoss)
    expect(nearer.mean).toBeCloseTo(Math.log(1.1) - Math.log(2), 2)
  })

  test("validation loss where both have reached the training loss of the worse", () => {
    // The shallow network passes 0.2 after 100 / 2 passes, and so does the deep one at its end.
    const found = differenceIn(cell.series[0], validationAtEqualLoss)
    expect(found).toMatchObject({ seeds: 8 })
    expect(found?.mean).toBeCloseTo(0, 10)
    const late = differenceIn(cellsOf(outcomes({ RMSprop: [2, 0.1] }))[0].series[0], validationAtEqualLoss)
    expect(late?.mean).toBeCloseTo(1 / 100 - 1 / 10, 10)
  })
})

describe("the report on teachers", () => {
  const of = (losses: Losses, Teacher = "in every family", made: Made = {}) =>
    outcomes(losses, { examples: [228], task: { Teacher, Loss: "squared error" }, ...made })

  test("says that the shallow are lower everywhere where they are", () => {
    const text = answers(of({ RMSprop: [0.2, 0.1], CG: [0.02, 0.01] }), "teacher")
    expect(text).toMatch(/Are shallow networks lower everywhere\? yes.*In 2 of 2 cases/)
    expect(text).toMatch(/in every family: Is the shallow networks' training loss lower under CG\? yes.*2.0/)
    expect(text).toMatch(/[Ii]s the minimum of zero reached\? no/)
  })

  test("says the opposite where that holds, of each kind of teacher on its own", () => {
    const mixed = [
      ...of({ RMSprop: [0.2, 0.1], CG: [0.02, 0.01] }),
      ...of({ RMSprop: [0.1, 0.2], CG: [1e-12, 1e-12] }, "deep"),
      ...unrun(of({ RMSprop: [1, 1], CG: [1, 1] }, "shallow"))
    ]
    const text = answers(mixed, "teacher")
    expect(text).toMatch(/lower everywhere\? no.*RMSprop on digits14, 228 images, tanh, deep, squared error/)
    expect(text).toMatch(
      /teacher: deep: Is the shallow networks' training loss lower under RMSprop\? no.*The deep one's is/
    )
    expect(text).toMatch(/teacher: deep: Is the shallow networks' training loss lower under CG\? no.*about equal/)
    expect(text).toMatch(/teacher: deep: [Ii]s the minimum of zero reached\? yes/)
    expect(text).toMatch(/teacher: shallow: What of it\? open.*Not run/)
  })

  test("leaves it open with few seeds", () => {
    const text = answers(of({ RMSprop: [0.2, 0.1], CG: [0.02, 0.01] }, "deep", { seeds: 2 }), "teacher")
    expect(text).toMatch(/lower everywhere\? open/)
    expect(text).toMatch(/lower under CG\? open.*A test needs 7 seeds/)
  })
})

describe("the report on distillation", () => {
  /** Accuracy of each target by depth; all else alike. */
  const students = (accuracy: Readonly<Record<string, readonly [number, number]>>) =>
    Object.entries(accuracy).flatMap(([Target, ends]) =>
      outcomes({ RMSprop: [0.2, 0.2] }, { examples: [81], task: { Target } }).map((one): Outcome => {
        const right = ends[one.network.depth === 1 ? 1 : 0] + 0.0001 * one.seed
        const { metrics } = one
        return metrics === undefined
          ? one
          : { ...one, metrics: { ...metrics, validation: { ...metrics.validation, accuracy: right } } }
      })
    )

  test("says whom the teacher's outputs help, and who is ahead on them", () => {
    const text = answers(
      students({ labels: [0.8, 0.7], "teacher's logits": [0.85, 0.7], "teacher's probabilities": [0.75, 0.65] }),
      "distil"
    )
    expect(text).toMatch(
      /more by the teacher's logits than by labels\? yes.*at depth 16 \+5.00.*about equal: RMSprop at depth 1\./
    )
    expect(text).toMatch(
      /more by the teacher's probabilities than by labels\? no.*worse: RMSprop at depth 16 and RMSprop at depth 1/i
    )
    expect(text).toMatch(
      /target: teacher's logits: Do deep and shallow networks differ in validation accuracy\? yes.*points: RMSprop \+15.00 .*The deep are ahead/
    )
  })
})

describe("the report on subsets", () => {
  const starts = (direct: Losses, after: Losses, made: Made = {}) => [
    ...outcomes(direct, { examples: [800], task: { Start: "initial values" } }),
    ...outcomes(after, { examples: [800], task: { Start: "a tenth first" }, ...made })
  ]

  test("says whether the loss of the direct training is reached for less work, and for a tenth", () => {
    // Curves fall as 1 / passes: a tenth of the end's loss is the direct one's loss at a tenth of the passes.
    const text = answers(starts({ RMSprop: [0.1, 0.1] }, { RMSprop: [0.005, 0.005] }), "subset")
    expect(text).toMatch(
      /Q 1.8, the tenth's 0.18: Is the loss .* for less work .*\? yes.*at depth 16 0.10 .*8 of 8 arrive/
    )
    expect(text).toMatch(/For a tenth of the work\? yes/)
  })

  test("says no where it takes more, and counts what never arrives with all of its work", () => {
    const text = answers(starts({ CG: [0.1, 0.1] }, { CG: [0.3, 0.3] }, { seconds: { CG: 2 } }), "subset")
    expect(text).toMatch(
      /for less work .*\? no.*CG at depth 1 2.0 .*0 of 8 arrive.*More: CG at depth 16 and CG at depth 1/
    )
    expect(text).toMatch(/For a tenth of the work\? no/)
  })
})
