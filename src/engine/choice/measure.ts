/** The process that measures shapes of networks (JSON on stdin) on all engines that come into question. */
import { availableParallelism } from "node:os"
import { text } from "node:stream/consumers"
import { list, parse, record, whole } from "../../data/json.ts"
import type { Network } from "../../network/network.ts"
import { descriptorOf, ENGINES, type EngineName } from "../engines.ts"
import { shapeFields } from "../probe/messages.ts"
import { probe } from "../probe/probe.ts"
import { readMemory, type Shape, shapeName, writeMemory } from "./choice.ts"

/** Engines that can be the fastest; the first is what is taken where no other works. */
const [first, ...others] = ENGINES.filter((name) => descriptorOf(name).contends)
/** Those on the processor train one network a core at once, the others one a GPU. */
const onProcessor = (engine: EngineName) => descriptorOf(engine).device === "cpu"

const tell = (message: string) => process.stderr.write(`${message}\n`)

/** The two ends of the family. */
const pair = ({ batch: _, ...shape }: Shape): ReadonlyArray<Network> =>
  [...new Set([shape.layers, 1])].map((depth) => ({ ...shape, depth, activation: "relu" }))

/** Images per second by shape; undefined for an engine that does not work here. */
async function measure(engine: EngineName, shapes: ReadonlyArray<Shape>): Promise<ReadonlyArray<number> | undefined> {
  tell(
    `engine auto: measuring ${engine} on ${shapes.length === 1 ? shapeName(shapes[0]) : `${shapes.length} shapes`} …`
  )
  const networks = shapes.flatMap((shape) => pair(shape).map((network) => ({ network, batch: shape.batch })))
  const standing = await probe({ engine, networks })
  if (!standing.works) return undefined
  let at = 0
  return shapes.map((shape) => {
    const rates = standing.rates.slice(at, (at += pair(shape).length))
    const seconds = rates.reduce((sum, rate) => sum + 1 / rate, 0)
    return (rates.length / seconds) * (onProcessor(engine) ? availableParallelism() : 1)
  })
}

const shapes = parse(await text(process.stdin), list(record({ ...shapeFields, batch: whole })))
const rates: Array<Partial<Record<EngineName, number>>> = shapes.map(() => ({}))
const note = async (engine: EngineName): Promise<boolean> => {
  const measured = await measure(engine, shapes)
  for (const [i, rate] of measured?.entries() ?? []) rates[i][engine] = rate
  return measured !== undefined
}
let rivals = 0
for (const engine of others) if (await note(engine)) rivals++
if (rivals > 0) await note(first)
const memory = readMemory()
writeMemory({
  ...memory,
  rates: { ...memory.rates, ...Object.fromEntries(shapes.map((shape, i) => [shapeName(shape), rates[i]])) }
})
