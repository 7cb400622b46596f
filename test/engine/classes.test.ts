/** Numeric classes of the own kernels: what a class says is what computes, whatever the number of threads. */
import { describe, expect, test } from "vitest"
import type { Engine, FirstOrder, TrainingState } from "../../src/engine/engine.ts"
import { analysis } from "../../src/engine/wasm/analysis.ts"
import { training } from "../../src/engine/wasm/engine.ts"
import { load } from "../../src/engine/wasm/modules.ts"
import { multiplyAddHere, numericClassOf, readClass } from "../../src/engine/wasm/multiply-add.ts"
import { secondOrder } from "../../src/engine/wasm/second-order.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"

const method: FirstOrder = { method: "rmsprop", learningRate: 1e-2, rho: 0.9, epsilon: 1e-7 }
const network = smallNetwork({ activation: "tanh", filters: 4 })
const examples = randomExamples(network, 700)
const order = Uint32Array.from({ length: 700 }, (_, i) => i)

async function trained(engine: Engine, precision: "f32" | "f64", threads: number): Promise<TrainingState> {
  const session = await engine.open(network, { precision, threads })
  try {
    session.load({ parameters: randomParameters(network, 1) })
    for (let epoch = 0; epoch < 2; epoch++) session.epoch(examples, order, 600, method)
    return session.save()
  } finally {
    session.close()
  }
}

describe.each(["f32", "f64"] as const)("in %s", (precision) => {
  const [plain, fused] = [numericClassOf(precision, "plain"), numericClassOf(precision, "fused")]

  test("the plain class computes other bits than the fused one, the same with helpers", async () => {
    const one = await trained(training(plain), precision, 1)
    expect(await trained(training(plain), precision, 3)).toEqual(one)
    if (multiplyAddHere() === "fused") expect(await trained(training(fused), precision, 1)).not.toEqual(one)
  })

  test("analysis and curvature too", async () => {
    const parameters = randomParameters(network, 1)
    const logits = (numericClass: string) => {
      const taken = analysis(numericClass).analyze(network, parameters)
      taken.run(examples, [0, 1])
      return taken.logits(taken.trajectory(network.depth))
    }
    const product = async (numericClass: string) => {
      const objective = await secondOrder(numericClass).open(network)
      const given = objective.product("hessian", parameters, randomParameters(network, 2), examples)
      objective.close()
      return given
    }
    expect(logits(plain)).toEqual(logits(plain))
    await product(plain)
    if (multiplyAddHere() === "plain") return
    expect(logits(fused)).not.toEqual(logits(plain))
    // Products are computed in f64: rounded to f32 they seldom differ.
    if (precision === "f64") expect(await product(fused)).not.toEqual(await product(plain))
  })

  test("an engine of a class is for its precision alone", async () => {
    const other = precision === "f32" ? "f64" : "f32"
    await expect(training(plain).open(network, { precision: other })).rejects.toThrow(`${plain} is the class of`)
  })
})

test.each(["train-f32", "train-f64", "analysis-f32", "analysis-f64", "second-order-f64"])(
  "the kernels of %s multiply and add as the probe says",
  (build) => {
    const url = new URL(`../../src/engine/wasm/build/${build}.wasm`, import.meta.url)
    const { fused } = load<{ fused(): number }>({ fused: url, plain: url }, "fused", network)
    expect(fused() !== 0).toBe(multiplyAddHere() === "fused")
  }
)

test("a class that there is not is refused", () => {
  for (const name of ["wasm", "wasm-f16", "wasm-f32-plain-plain", "tfjs-wasm", ""])
    expect(() => readClass(name), name).toThrow(`computes in no class '${name}'`)
})
