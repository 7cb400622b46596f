/** `pipeline doctor`: every engine on this machine: whether it works, how well, how fast; if not, why, and what mends it. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { descriptorOf, ENGINES } from "../../engine/engines.ts"
import { needPackages } from "../../engine/packages.ts"
import { examineMachine, type Machine } from "../../engine/probe/machine.ts"
import type { Agreement } from "../../engine/probe/measure.ts"
import { SAMPLES } from "../../engine/probe/networks.ts"
import type { EngineUnavailable } from "../../engine/unavailable.ts"
import { type EngineView, examineEngine, examineNative, type NativeView } from "../../view/doctor.ts"
import { attempt, onStdout, print, printJson, tell } from "../output.ts"

export const doctor = Command.make(
  "doctor",
  {
    install: Flag.Boolean("install").pipe(
      Flag.withDefault(false),
      Flag.withDescription("First installs the npm packages of the engines that are not there yet (about 0.5 GB)")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
  },
  Effect.fn(function* ({ install, json }) {
    if (install) yield* attempt<void, EngineUnavailable>(() => needPackages(ENGINES.map(descriptorOf)))
    const machine = yield* Effect.promise(examineMachine)
    if (json) printJson({ type: "machine", ...machine })
    else showMachine(machine)
    const native = yield* Effect.promise(() => examineNative(() => json || tell("building the native kernels …")))
    if (json) for (const view of native) printJson({ type: "native", ...view })
    else print(`${native.map((view, i) => `${(i === 0 ? "native" : "").padEnd(12)}${sayNative(view)}`).join("\n")}\n`)
    const rows: Array<EngineView> = []
    for (const engine of ENGINES) {
      if (!json) tell(`trying ${engine} …`)
      const row = yield* Effect.promise(() => examineEngine(engine, machine))
      if (json) printJson({ type: "engine", ...row })
      else rows.push(row)
    }
    if (!json) show(rows)
  })
).pipe(
  Command.withDescription(
    "Tries every engine on this machine: what loads, whether it is right, how fast it trains; what does not work, why, and the command that mends it."
  )
)

function showMachine({ node, platform, cpu, cores, gpus, driverProblem, tensorflow }: Machine) {
  const lines: Array<readonly [string, string]> = [
    ["machine", `${cpu}, ${cores} cores, ${platform}, Node ${node.slice(1)}`],
    ...gpus.map(({ name, driver, memory }, i) => [`GPU ${i}`, `${name}, ${memory}, driver ${driver}`] as const),
    ...(gpus.length === 0 ? [["GPU", driverProblem ?? "none"] as const] : [])
  ]
  if (tensorflow === undefined) lines.push(["TensorFlow", "none in the usual places"])
  else {
    const { folder, version, cuda, cudnn, libraries } = tensorflow
    const made =
      cuda === "none" ? "built without CUDA" : cuda === "unknown" ? "" : `for CUDA ${cuda}, cuDNN ${cudnn ?? "?"}`
    lines.push(["TensorFlow", [`${version ?? "2.x"} in ${folder}`, ...(made === "" ? [] : [made])].join(", ")])
    const told = libraries.filter((name) => /cudnn|cuda_runtime/.test(name))
    if (told.length > 0) lines.push(["", told.join(", ")])
  }
  for (const [name, text] of lines) print(`${name.padEnd(12)}${text}`)
}

function sayNative(view: NativeView): string {
  if (view.is === "off") return "kernels are off ($PIPELINE_NATIVE)"
  if (view.is === "missing") return `${view.module}: not built; the first run that can use it has it built`
  if (view.is === "failed") return `${view.module}: cannot be built: ${view.reason}. ${view.remedy}`.trimEnd()
  const bits = (of: object) =>
    Object.keys(of)
      .map((width) => `${128 * Number(width)}`)
      .join(", ")
  const refused = Object.entries(view.refused).map(([width, why]) => `; not ${128 * Number(width)}: ${why}`)
  return `${view.module}: kernels of ${bits(view.works) || "no"} bits, the same bits as WASM (${view.compiler})${refused.join("")}`
}

const rate = (value: number) => Math.round(value).toLocaleString("en-US")

function show(rows: ReadonlyArray<EngineView>) {
  const heads = SAMPLES.map(({ network: { layers, filters } }) => `N ${layers} F ${filters}`)
  const cells: Array<ReadonlyArray<string>> = [["engine", "works", ...heads, "loss", "gradient", "training", ""]]
  for (const row of rows) {
    if (!row.works) cells.push([row.engine, "no", ...heads.map(() => ""), "", "", "", ""])
    else {
      const { loss, gradient, training }: Partial<Agreement> = row.agreement ?? {}
      const off = (value?: number) => (value === undefined ? "?" : value === 0 ? "0" : value.toExponential(0))
      const { numericClass, facts } = row
      const told = [numericClass, ...Object.entries(facts).map(([name, value]) => `${name} ${value}`)]
      cells.push([row.engine, "yes", ...row.rates.map(rate), off(loss), off(gradient), off(training), told.join(", ")])
    }
  }
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)))
  for (const [i, row] of cells.entries()) {
    const line = row.map((cell, j) =>
      j >= 2 && j < row.length - 1 ? cell.padStart(widths[j]) : cell.padEnd(widths[j])
    )
    const text = line.join("  ").trimEnd()
    print(i === 0 ? onStdout("bold", text) : rows[i - 1].works ? text : onStdout("gray", text))
  }
  print(
    onStdout(
      "gray",
      `images/s of whole training steps, 28×28×1, batch ${SAMPLES[0].batch}; relative difference from plain JavaScript of loss, gradient, and loss after 20 steps`
    )
  )
  for (const row of rows) {
    if (row.works) continue
    print("")
    print(`${onStdout("yellow", row.engine)}: ${row.reason}`)
    print(`  ${row.remedy}`)
  }
}
