/** The report on optimizers, on made-up trainings: what it claims, and that it claims the opposite where that holds. */
import { describe, expect, test } from "vitest"
import { random } from "../../../src/network/philox.ts"
import { optimizersReport } from "../../../src/report/optimizers/page.ts"
import { cellsOf, type Outcome } from "../../../src/report/optimizers/rows.ts"
import { levelOf } from "../../../src/report/optimizers/tables.ts"

const network = {
  ...{ channels: 1, height: 14, width: 14, classes: 10, layers: 16, filters: 2, kernel: 3 },
  residual: true
} as const

/** Training losses of deep and shallow under each method; noise of the seeds is a thousandth. */
function outcomes(losses: Readonly<Record<string, readonly [number, number]>>, seeds = 8): ReadonlyArray<Outcome> {
  const { uniform } = random(0, "test/optimizers")
  return [228, 2280].flatMap((examples) =>
    Object.entries(losses).flatMap(([method, ends]) =>
      [16, 1].flatMap((depth, i) =>
        Array.from({ length: seeds }, (_, seed): Outcome => {
          const loss = ends[i] * (1 + 0.001 * uniform())
          const curve = [1, 10, 100].map((passes) => {
            return { passes, loss: loss * (1 + 1 / passes), validationLoss: 0.5, gradientNorm: 0.1 }
          })
          const scores = { count: examples, loss, accuracy: 0.9 }
          return {
            ...{ method, dataset: "digits14", examples, seed },
            network: { ...network, depth, activation: "tanh" },
            nodes: { train: `train/${method}/${depth}/${seed}` },
            metrics: {
              ...{ status: "finished", epochs: 100, parameters: 4558, overdetermination: 0.5 },
              train: scores,
              validation: { ...scores, loss: 0.5 }
            },
            curve,
            ended: method === "CG" ? "passes spent" : undefined
          }
        })
      )
    )
  )
}
const report = (all: ReadonlyArray<Outcome>) =>
  optimizersReport({
    ...{ title: "Optimizers", question: "Which?", usual: "RMSprop", outcomes: all },
    assumptions: [{ name: "engine", value: "wasm", why: "numeric class wasm-f64" }]
  })
const textOf = (files: Readonly<Record<string, Uint8Array>>, name: string) => new TextDecoder().decode(files[name])
const answers = async (all: ReadonlyArray<Outcome>) => {
  const page = textOf(await report(all), "index.md")
  return page.slice(page.indexOf("In short"), page.indexOf("Deep against shallow"))
}

describe("the report on optimizers", () => {
  test("says that the equivalence gets tighter where it does", async () => {
    const text = await answers(outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] }))
    expect(text).toMatch(/lower training loss than RMSprop.*\? yes/)
    expect(text).toMatch(/closer under the best method\? yes.*2 of 2 cells/)
    expect(text).toMatch(/Does the sign turn.*\? no/)
  })

  test("says that it turns where it does, and is not closer", async () => {
    const text = await answers(outcomes({ RMSprop: [0.1, 0.12], CG: [0.02, 0.01] }))
    expect(text).toMatch(/closer under the best method\? no.*0 of 2 cells/)
    expect(text).toMatch(/Does the sign turn.*\? yes.*In 2 of 2 cells/)
  })

  test("leaves it open with few seeds, and says no where nothing is better", async () => {
    expect(await answers(outcomes({ RMSprop: [0.1, 0.12], CG: [0.02, 0.01] }, 3))).toMatch(
      /Does the sign turn.*\? open.*Fewer than six/
    )
    expect(await answers(outcomes({ RMSprop: [0.01, 0.012], CG: [0.2, 0.1] }))).toMatch(
      /lower training loss than RMSprop.*\? no/
    )
  })

  test("is the same bytes each time, with every table and figure, also where much is missing", async () => {
    const all = outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] })
    const files = await report(all)
    expect(await report(all)).toEqual(files)
    for (const name of ["methods", "contrasts", "trainings"]) expect(files).toHaveProperty([`data/${name}.csv`])
    expect(textOf(files, "index.html")).toContain('id="figure-curves-digits14-228-tanh"')
    expect(textOf(files, "index.md")).toContain("numeric class wasm-f64")
    const bare = all.map((one, i) => (i % 3 === 0 ? one : { ...one, metrics: undefined, curve: [], ended: undefined }))
    for (const some of [files, await report(bare), await report(bare.slice(1, 2)), await report([])])
      expect(textOf(some, "index.html")).not.toMatch(/NaN|undefined|Infinity/)
  })

  test("compares at the training loss that all reach", () => {
    const [cell] = cellsOf(outcomes({ RMSprop: [0.2, 0.1], CG: [0.011, 0.01] }))
    expect(levelOf(cell)).toBeGreaterThan(0.2)
    expect(levelOf(cell)).toBeLessThan(0.205)
  })
})
