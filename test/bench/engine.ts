/**
 * Benchmark of the engines: whole training steps (forward, backward, RMSprop) at batch 512, float32, of the engine
 * `wasm` in one and in two processes, by WebAssembly and by its native kernels, the TensorFlow.js WASM engine, native
 * TensorFlow and PyTorch, on two cores; and the peak of multiply-add by WebAssembly and with vectors of each width.
 *
 *     node test/bench/engine.ts [--quick] [--thorough] [--cells TEXT] [--resume] [--tfjs-node FOLDER]
 *
 *     --quick              eight cells instead of 76, three rounds instead of five
 *     --thorough           PyTorch also compiled at more than two filters; takes hours
 *     --cells TEXT         only the cells whose name contains the text, as in "K5" or "N4 F32 K3 parallel"
 *     --resume             keep the cells that the results file already has
 *     --tfjs-node FOLDER   measure native TensorFlow, from the @tensorflow/tfjs-node in FOLDER/node_modules
 *
 * PyTorch is measured where `python3 -c "import torch"` works: with two threads, and as two processes of one thread
 * each; eager, and at one and two filters the fastest way compiled as well. All contenders of a cell take turns, round
 * after round; medians over the rounds count. A contender with several ways to run a cell is represented by the better
 * median of the two that were fastest when it was prepared, or by one where the other was slower by a quarter. One
 * whose step takes many seconds gets fewer rounds, or none after its preparation's. Nothing else should run on the
 * machine.
 */
import { spawnSync } from "node:child_process"
import { parseArgs } from "node:util"
import { build } from "../../src/engine/native/build.ts"
import { type Cell, cellName, grid, quick } from "./cells.ts"
import { isResultOf, machine, Results } from "./engine-results.ts"
import { Peer, type Preparation, type Variant } from "./peer.ts"

function refuse(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        thorough: { type: "boolean", default: false },
        cells: { type: "string", default: "" },
        resume: { type: "boolean", default: false },
        "tfjs-node": { type: "string" }
      }
    })
    return values
  } catch (error) {
    return refuse((error as Error).message)
  }
}

const options = readOptions()
const rounds = options.quick ? 3 : 5
const seconds = 0.3 // of a round, at least one step
const patience = options.quick ? 2 : 5 // seconds after which a slow contender gets no further round

const here = import.meta.dirname
const peer = (file: string, ...args: ReadonlyArray<string>) =>
  new Peer(process.execPath, "--disable-warning=ExperimentalWarning", `${here}/peers/${file}`, ...args)
const torchVersion = spawnSync("python3", ["-c", "import torch; print(torch.__version__)"], { encoding: "utf8" })
const hasTorch = torchVersion.status === 0
const folder = options["tfjs-node"]
const native = await build("train-f32")
/** Widths of the native kernels that work here. */
const widths = native.is === "built" ? Object.keys(native.works).map(Number) : []

type Contender = readonly [name: string, peers: ReadonlyArray<Peer>]

/** Contenders whose processes are fresh for each cell. Two processes share the work. */
function startFresh(): ReadonlyArray<Contender> {
  const wasm = () => peer("engine.ts", `${here}/../../src/engine/wasm/engine.ts`, "wasm")
  const native = () => peer("engine.ts", `${here}/../../src/engine/native/engine.ts`, "training", "wasm-f32")
  return [
    ["wasm", [wasm()]],
    ["wasm 2 processes", [wasm(), wasm()]],
    ...(widths.length === 0
      ? []
      : ([
          ["native", [native()]],
          ["native 2 processes", [native(), native()]]
        ] as const)),
    ["TensorFlow.js", [peer("engine.ts", `${here}/../../src/engine/tfjs/wasm.ts`, "tfjsWasm")]],
    ...(folder === undefined ? [] : [["TensorFlow", [peer("tfjs_node.ts", folder)]] as const])
  ]
}

/** Those that take seconds to start serve all cells. */
function startLasting(): ReadonlyArray<Contender> {
  const bits = widths.map((width) => `${128 * width}`)
  const peaks: ReadonlyArray<Contender> = [
    ["peak", [peer("madd.ts")]],
    ...bits.map((each) => [`peak ${each} bits`, [peer("peak.ts", each)]] as const)
  ]
  if (!hasTorch) return peaks
  const torch = (threads: number) => new Peer("python3", `${here}/peers/torch_peer.py`, String(threads))
  return [...peaks, ["PyTorch 2 threads", [torch(2)]], ["PyTorch 2 processes", [torch(1), torch(1)]]]
}

const rate = ({ images, seconds }: { readonly images: number; readonly seconds: number }) => images / seconds
const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)
const median = (numbers: ReadonlyArray<number>) => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

interface Running {
  readonly contender: string
  readonly peers: ReadonlyArray<Peer>
  readonly variants: ReadonlyArray<string> // the fastest, or two
  readonly facts: Readonly<Record<string, number>>
  readonly rates: ReadonlyMap<string, Array<number>> // by variant, images/s of each round
  spent: number
}

/** Whether PyTorch's compiler may win: at few filters. It takes many seconds. */
const compiles = (contender: string, { filters }: Cell) =>
  contender.startsWith("PyTorch") && (options.thorough || filters <= 2)

/** What all processes of a contender say together: the same variants from each, in the same order. */
const together = (said: ReadonlyArray<Preparation>): ReadonlyArray<Variant> =>
  said[0].variants.map(({ name, images, seconds }, i) => {
    const rates = said.map(({ variants }) => rate(variants[i]))
    return { name, images: (sum(rates) / rates[0]) * images, seconds }
  })

async function prepare(contender: string, peers: ReadonlyArray<Peer>, cell: Cell): Promise<Running> {
  const prepared = await Promise.all(peers.map((one) => one.prepare(cell)))
  const byRate = (a: Variant, b: Variant) => rate(b) - rate(a)
  const variants = [...together(prepared)].sort(byRate)
  if (compiles(contender, cell)) {
    const compiled = await Promise.all(peers.map((one) => one.compile(cell, variants[0].name)))
    variants.push(...together(compiled))
    variants.sort(byRate)
  }
  const [first, second] = variants
  const chosen = second !== undefined && rate(second) > 0.75 * rate(first) ? [first, second] : [first]
  // Where one step takes longer than all rounds may by far, that of the preparation is the only one.
  const alone = first.seconds > 2 * patience
  const rates = new Map(chosen.map((variant) => [variant.name, alone ? [rate(variant)] : []]))
  const { facts = {} } = prepared[0]
  return { contender, peers, variants: [...rates.keys()], facts, rates, spent: alone ? first.seconds : 0 }
}

async function measure(cell: Cell, lasting: ReadonlyArray<Contender>, results: Results) {
  const fresh = startFresh()
  try {
    const running: Array<Running> = []
    for (const [contender, peers] of [...fresh, ...lasting]) {
      progress(`${cellName(cell)}: ${contender} gets ready`)
      running.push(await prepare(contender, peers, cell))
    }
    const evaluations: Array<number> = []
    for (let round = 0; round < rounds; round++)
      for (const one of running)
        for (const variant of one.variants) {
          if (one.spent > patience) continue
          progress(`${cellName(cell)}: round ${round + 1} of ${rounds}, ${one.contender} ${variant}`)
          const timings = await Promise.all(one.peers.map((peer) => peer.train(variant, seconds)))
          one.rates.get(variant)!.push(sum(timings.map(rate)))
          one.spent += timings[0].seconds
          if (one.contender === "wasm") evaluations.push(rate(await one.peers[0].evaluate(seconds)))
        }
    for (const { contender, rates, facts } of running) {
      const best = [...rates].reduce((a, b) => (median(b[1]) > median(a[1]) ? b : a))
      const evaluated = contender === "wasm" ? { evaluationRate: median(evaluations) } : {}
      results.add(cell, {
        contender,
        variant: best[0],
        rate: median(best[1]),
        slowest: Math.min(...best[1]),
        fastest: Math.max(...best[1]),
        rounds: best[1].length,
        facts: { ...facts, ...evaluated }
      })
    }
  } finally {
    for (const [, peers] of fresh) for (const one of peers) one.stop()
  }
}

function progress(text: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const versions = {
  ...machine(),
  ...(native.is === "built" && { compiler: native.compiler }),
  ...(hasTorch && { torch: torchVersion.stdout.trim() }),
  ...(folder !== undefined && { tensorflow: tensorflowVersion(folder) })
}

function tensorflowVersion(folder: string): string {
  const script =
    "const u=require('util');u.isNullOrUndefined=v=>v==null;" +
    "console.log(require('@tensorflow/tfjs-node').version['tfjs-node'], require('@tensorflow/tfjs-node').backend().binding.TF_Version)"
  const { status, stdout } = spawnSync(process.execPath, ["-e", script], { cwd: folder, encoding: "utf8" })
  if (status !== 0) refuse(`--tfjs-node ${folder}: no @tensorflow/tfjs-node that loads is in ${folder}/node_modules.`)
  const [package_, library] = stdout.trim().split("\n").at(-1)!.split(" ")
  return `${library} (tfjs-node ${package_})`
}

const cells = (options.quick ? quick : grid).filter((cell) => cellName(cell).includes(options.cells))
if (cells.length === 0)
  refuse(`--cells ${options.cells}: no cell of the grid has this in its name, such as "${cellName(grid[0])}".`)
const file = `${here}/results/engine${options.quick ? "-quick" : ""}.csv`
if (options.resume && !isResultOf(file, versions))
  refuse(`--resume: ${file} is missing or was measured with other contenders, versions or on another machine.`)
const results = new Results(file, versions, options.resume)
const lasting = startLasting()
try {
  results.printHeader()
  for (const cell of cells) {
    if (!results.has(cell)) await measure(cell, lasting, results)
    progress("")
    results.printRow(cell)
  }
  results.printSummary(cells)
} finally {
  for (const [, peers] of lasting) for (const one of peers) one.stop()
}
