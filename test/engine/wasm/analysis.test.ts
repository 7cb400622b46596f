import { describe, expect, test } from "vitest"
import { analyze } from "../../../src/engine/wasm/analysis.ts"
import { wasm } from "../../../src/engine/wasm/engine.ts"
import { distance, networks, numbers, someExamples, someParameters, title } from "./shapes.ts"

describe.each(networks.map((network) => [title(network), network] as const))("%s", (_, network) => {
  const parameters = someParameters(network)
  const examples = someExamples(network, 5)
  const size = network.filters * network.height * network.width
  const open = (group = [3, 1]) => {
    const analysis = analyze(network, parameters, "f64")
    analysis.run(examples, group)
    const next = numbers(7)
    const random = () => {
      const state = analysis.state()
      for (let l = 0; l < analysis.lanes; l++)
        analysis.write(
          state,
          l,
          Float64Array.from({ length: size }, () => next() - 0.5)
        )
      return state
    }
    return { analysis, random }
  }

  test("the trajectory is made of the blocks", () => {
    const { analysis } = open()
    for (let j = 1; j <= network.depth; j++) {
      const sum = analysis.state()
      analysis.block(j, analysis.trajectory(j - 1), sum)
      if (network.residual) analysis.combine(sum, 1, analysis.trajectory(j - 1), 1)
      expect(distance(analysis.read(sum, 1), analysis.read(analysis.trajectory(j), 1))).toBeLessThan(1e-14)
    }
  })

  test("with all blocks active the subset is the network, with none it is the stem", async () => {
    const { analysis } = open()
    const out = analysis.state()
    analysis.subset(Array(network.depth).fill(true), out)
    expect(distance(analysis.read(out, 0), analysis.read(analysis.trajectory(network.depth), 0))).toBeLessThan(1e-14)
    const session = await wasm.open(network, { precision: "f64" })
    session.load({ parameters })
    const { losses, correct } = analysis.score(out)
    const score = session.evaluate(examples, Uint32Array.of(3, 1))
    expect(losses[0] + losses[1]).toBeCloseTo(score.loss, 12)
    expect(correct).toBe(score.correct)
    if (!network.residual) return
    analysis.subset(Array(network.depth).fill(false), out)
    expect(analysis.read(out, 1)).toEqual(analysis.read(analysis.trajectory(0), 1))
  })

  test("J_j is the derivative of block j where the group passed", () => {
    const { analysis, random } = open()
    for (let j = 1; j <= network.depth; j++) {
      const direction = random()
      const [derivative, plus, minus, point] = [analysis.state(), analysis.state(), analysis.state(), analysis.state()]
      analysis.addJacobian(j, direction, derivative)
      const step = 1e-7
      for (const [sign, out] of [
        [1, plus],
        [-1, minus]
      ] as const) {
        analysis.combine(point, 0, analysis.trajectory(j - 1), 1)
        analysis.combine(point, 1, direction, sign * step)
        analysis.block(j, point, out)
      }
      analysis.combine(plus, 0.5 / step, minus, -0.5 / step)
      expect(distance(analysis.read(derivative, 0), analysis.read(plus, 0))).toBeLessThan(1e-6)
    }
  })

  test("J_jᵀ is its transpose: ⟨J v, u⟩ = ⟨v, Jᵀ u⟩ for every example", () => {
    const { analysis, random } = open()
    for (let j = 1; j <= network.depth; j++) {
      const [v, u] = [random(), random()]
      const [forward, backward] = [analysis.state(), analysis.state()]
      analysis.addJacobian(j, v, forward)
      analysis.addTransposedJacobian(j, u, backward)
      const [left, right] = [analysis.inner(forward, u), analysis.inner(v, backward)]
      for (let l = 0; l < 2; l++) expect(left[l]).toBeCloseTo(right[l], 10)
    }
  })

  test("the loss's gradient by the state is its derivative", () => {
    const { analysis, random } = open()
    const h = analysis.trajectory(network.depth)
    const [direction, gradient, point] = [random(), analysis.state(), analysis.state()]
    analysis.lossGradient(h, gradient)
    const losses = [1e-6, -1e-6].map((step) => {
      analysis.combine(point, 0, h, 1)
      analysis.combine(point, 1, direction, step)
      return analysis.score(point).losses
    })
    const slope = analysis.inner(gradient, direction)
    for (let l = 0; l < 2; l++) expect((losses[0][l] - losses[1][l]) / 2e-6).toBeCloseTo(slope[l], 6)
  })

  test("a group may be smaller than the lanes", () => {
    const { analysis } = open([2])
    expect(analysis.score(analysis.trajectory(network.depth)).losses).toHaveLength(1)
  })
})
