/**
 * How fast a GPU trains: images a second over layers × filters, one trial and several as one computation, against
 * PyTorch on the same GPU.
 *
 *     node test/bench/gpu.ts [--quick] [--engines tfjs-node-gpu,tfjs-webgpu] [--trials 8] [--seconds 1] [--out FILE.csv]
 *
 * Without a GPU: `--swiftshader DIR` runs tfjs-webgpu on SwiftShader (Debian's chromium has it in /usr/lib/chromium), a
 * tiny network, to check the numbers; its rates mean nothing.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { EngineName } from "../../src/engine/engines.ts"
import { examineMachine } from "../../src/engine/probe/machine.ts"
import { probe } from "../../src/engine/probe/probe.ts"
import { type Cell, cellName } from "./cells.ts"
import { Peer } from "./peer.ts"

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    engines: { type: "string", default: "tfjs-node-gpu,tfjs-webgpu" },
    trials: { type: "string", default: "8" },
    seconds: { type: "string", default: "1" },
    swiftshader: { type: "string" },
    out: { type: "string" }
  }
})

if (flags.swiftshader !== undefined) {
  process.env.LD_LIBRARY_PATH = flags.swiftshader
  process.env.VK_ICD_FILENAMES = join(flags.swiftshader, "vk_swiftshader_icd.json")
  process.env.PIPELINE_WEBGPU_SOFTWARE = "1"
}

const images = { channels: 1, size: 28, kernel: 3, batch: 512 }
const cells: ReadonlyArray<Cell> =
  flags.swiftshader !== undefined
    ? [{ ...images, size: 6, batch: 16, layers: 2, filters: 2, architecture: "sequential" }]
    : (flags.quick ? [4, 16] : [1, 4, 16, 32]).flatMap((layers) =>
        (flags.quick ? [1, 16] : [1, 4, 16, 32]).flatMap((filters) =>
          (layers === 1 ? (["sequential"] as const) : (["sequential", "parallel"] as const)).map((architecture) => ({
            ...images,
            layers,
            filters,
            architecture
          }))
        )
      )

const machine = await examineMachine()
const where = machine.gpus[0]?.name ?? machine.cpu
console.log(`${where}, Node ${machine.node}`)

/** Name → process. */
const contenders = new Map<string, Peer>()
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const engines = flags.swiftshader === undefined ? flags.engines.split(",") : ["tfjs-webgpu"]
for (const engine of engines as Array<EngineName>) {
  const standing = await probe({ engine, networks: [] })
  if (!standing.works) {
    console.log(`${engine} does not work here: ${standing.reason}`)
    continue
  }
  const { loss, gradient, training } = standing.agreement!
  const facts = Object.values(standing.facts).join(", ")
  console.log(
    `${engine} (${facts}): off plain JavaScript by ${loss} (loss), ${gradient} (gradient), ${training} (20 steps)`
  )
  for (const trials of [1, Number(flags.trials)]) {
    const name = trials === 1 ? engine : `${engine} ×${trials}`
    contenders.set(name, new Peer(process.execPath, here("./peers/gpu.ts"), engine, String(trials)))
  }
}
if (machine.gpus.length > 0) contenders.set("PyTorch", new Peer("python3", here("./peers/torch_peer.py"), "1", "cuda"))
if (contenders.size === 0) process.exit(1)

const header = ["cell", ...contenders.keys()]
const rows: Array<ReadonlyArray<string>> = []
console.log(header.join(" | "))
for (const cell of cells) {
  const rates: Array<string> = []
  for (const [name, peer] of contenders) {
    try {
      const { variants } = await peer.prepare(cell)
      let best = 0
      for (const variant of variants) {
        const { images, seconds } = await peer.train(variant.name, Number(flags.seconds))
        best = Math.max(best, images / seconds)
      }
      rates.push(best.toFixed(0))
    } catch (error) {
      rates.push("failed")
      console.error(`${name}, ${cellName(cell)}: ${(error as Error).message}`)
    }
  }
  rows.push([cellName(cell), ...rates])
  console.log(rows.at(-1)!.join(" | "))
}
for (const peer of contenders.values()) peer.stop()
if (flags.out !== undefined) {
  mkdirSync(dirname(flags.out), { recursive: true })
  writeFileSync(flags.out, [`# ${where}`, header.join(","), ...rows.map((row) => row.join(","))].join("\n") + "\n")
}
process.exit(0)
