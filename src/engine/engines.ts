/** All engines. A new one is a module beside its like (descriptor.ts, `Roles`) and an entry here. */
import type { EngineUse } from "../graph/compute.ts"
import { ParameterError } from "../graph/errors.ts"
import { importModule } from "../start/modules.js"
import type { EngineDescriptor, Role, Roles } from "./descriptor.ts"
import type { Precision } from "./engine.ts"
import { needPackages } from "./packages.ts"
import { compileKernels } from "./wasm/compile.ts"
import { type MultiplyAdd, multiplyAddHere, numericClassOf } from "./wasm/multiply-add.ts"

/**
 * What the engines on TensorFlow.js have in common: approximate classes, one of its own for trainings in groups. Groups
 * are for devices that small networks leave idle; on `tfjs-wasm` they show the numbers.
 */
const tfjs = <const N extends string>(
  name: N,
  module: URL,
  more: Pick<EngineDescriptor, "device" | "contends" | "needs"> & {
    readonly trainsGroups: boolean
    readonly packages: ReadonlyArray<string>
  }
) => {
  const { trainsGroups, packages, ...rest } = more
  return {
    name,
    title: "TensorFlow.js",
    modules: { training: module, ...(trainsGroups && { groups: module }) },
    numericClass: (role: Role) => (role === "groups" ? `${name}-batched` : name),
    exact: false,
    precisions: ["f32"],
    threads: false,
    packages: ["@tensorflow/tfjs", ...packages],
    ...rest
  } as const satisfies EngineDescriptor
}

/** The addon's package, and what it is built with. */
const NATIVE = ["@tensorflow/tfjs-node-gpu", "node-api-headers"]

/** The first one trains where nothing else is asked for. */
const DESCRIPTORS = [
  {
    name: "wasm",
    title: "own kernels",
    modules: {
      training: new URL("./wasm/engine.ts", import.meta.url),
      standardized: new URL("./wasm/standard.ts", import.meta.url),
      analysis: new URL("./wasm/analysis.ts", import.meta.url),
      secondOrder: new URL("./wasm/second-order.ts", import.meta.url)
    },
    standIn: {
      module: new URL("./native/engine.ts", import.meta.url),
      roles: ["training", "standardized", "analysis", "secondOrder"]
    },
    numericClass: (_: Role, precision: Precision) => numericClassOf(precision, multiplyAdd()),
    exact: true,
    precisions: ["f32", "f64"],
    device: "cpu",
    threads: true,
    contends: true
  },
  tfjs("tfjs-node-gpu", new URL("./tfjs/node-gpu.ts", import.meta.url), {
    device: "gpu",
    contends: true,
    needs: "TensorFlow",
    packages: NATIVE,
    trainsGroups: true
  }),
  tfjs("tfjs-webgpu", new URL("./tfjs/webgpu.ts", import.meta.url), {
    device: "gpu",
    contends: true,
    packages: ["@tensorflow/tfjs-backend-webgpu", "webgpu"],
    trainsGroups: true
  }),
  tfjs("tfjs-node", new URL("./tfjs/node.ts", import.meta.url), {
    device: "cpu",
    contends: true,
    needs: "TensorFlow",
    packages: NATIVE,
    trainsGroups: true
  }),
  tfjs("tfjs-wasm", new URL("./tfjs/wasm.ts", import.meta.url), {
    device: "cpu",
    contends: false,
    packages: ["@tensorflow/tfjs-backend-wasm"],
    trainsGroups: true
  }),
  tfjs("tfjs-cpu", new URL("./tfjs/cpu.ts", import.meta.url), {
    device: "cpu",
    contends: false,
    packages: [],
    trainsGroups: false
  })
] as const satisfies ReadonlyArray<EngineDescriptor>

export type EngineName = (typeof DESCRIPTORS)[number]["name"]

/** Their names. */
export const ENGINES: ReadonlyArray<EngineName> = DESCRIPTORS.map(({ name }) => name)

const byName: ReadonlyMap<string, EngineDescriptor> = new Map(DESCRIPTORS.map((engine) => [engine.name, engine]))

export const descriptorOf = (name: EngineName): EngineDescriptor => byName.get(name)!

/**
 * How keys say that the kernels multiply and add: as this process does. $PIPELINE_MULTIPLY_ADD says otherwise: `plain`
 * can be computed everywhere, `fused` serves to look at results of other machines. Throws `ParameterError`.
 */
function multiplyAdd(): MultiplyAdd {
  const { PIPELINE_MULTIPLY_ADD: asked = "" } = process.env
  if (asked === "") return multiplyAddHere()
  if (asked === "fused" || asked === "plain") return asked
  throw new ParameterError({
    where: "$PIPELINE_MULTIPLY_ADD",
    problems: [`expected 'fused' or 'plain', found '${asked}'`]
  })
}

const uses = new Map<string, EngineUse>()

/**
 * An engine in one role, as stages declare it; its npm packages, whose versions are part of keys, are installed if they
 * are not here. Throws `ParameterError` if it has none of these or not this precision, `EngineUnavailable` without them.
 */
export function useOf(name: EngineName, role: Role, precision: Precision = "f32"): EngineUse {
  const id = `${name} ${role} ${precision}`
  let use = uses.get(id)
  if (use === undefined) uses.set(id, (use = makeUse(descriptorOf(name), role, precision)))
  return use
}

function makeUse(engine: EngineDescriptor, role: Role, precision: Precision) {
  const { name, modules, precisions, numericClass } = engine
  const module = modules[role]
  const refuse = (problem: string) => new ParameterError({ where: `the engine ${name}`, problems: [problem] })
  if (module === undefined)
    throw refuse(`it has no part for '${role}'; ${enginesFor(role).join(", ") || "no engine"} has`)
  if (!precisions.includes(precision)) throw refuse(`it computes in ${precisions.join(" or ")}, not in ${precision}`)
  needPackages([engine])
  return {
    module,
    role,
    numericClass: numericClass(role, precision),
    standIn: engine.standIn?.roles.includes(role) ? engine.standIn.module : undefined
  }
}

/** Names of the engines that can do this. */
export const enginesFor = (role: Role): ReadonlyArray<EngineName> =>
  ENGINES.filter((name) => descriptorOf(name).modules[role] !== undefined)

/** Loads an engine in a role and the class that it computes in here, or what stands in for it. */
export async function loadEngine<R extends Role>(name: EngineName, role: R): Promise<Roles[R]> {
  const use = useOf(name, role)
  await compileKernels([use], (line) => process.stderr.write(`${line}\n`))
  type Exports = { readonly [name in R]: (numericClass: string) => Roles[R] | Promise<Roles[R] | undefined> }
  const load = async ({ href }: URL) => ((await importModule(href)) as Exports)[role](use.numericClass)
  const engine = (use.standIn && (await load(use.standIn))) ?? (await load(use.module))
  return engine as Roles[R]
}
