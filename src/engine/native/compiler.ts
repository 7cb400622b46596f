/** The C compiler of this machine, and how it is asked to compile the kernels for this machine's processor. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Width } from "./places.ts"

const run = promisify(execFile)

export interface Compiler {
  readonly command: string
  readonly name: string // "gcc 12.2"
  /** What says that code is for this processor. */
  readonly target: string
  /** Widths that the processor has. */
  readonly widths: ReadonlyArray<Width>
}

/** There is none, or it does not serve; the message says what to do. */
export class NoCompiler extends Error {
  readonly remedy: string
  constructor(reason: string, remedy: string) {
    super(reason)
    this.remedy = remedy
  }
}

const INSTALL = "Install gcc (11 or newer) or clang (14 or newer), then `pipeline doctor`."

/** $CC, or else cc, gcc, clang: the first that is there. Rejects with `NoCompiler`. */
export async function findCompiler(): Promise<Compiler> {
  const { CC } = process.env
  if (process.platform === "win32") throw new NoCompiler("native kernels have not been tried on Windows", "")
  const problems: Array<string> = []
  for (const command of CC ? [CC] : ["cc", "gcc", "clang"])
    for (const target of ["-march=native", "-mcpu=native"]) {
      const macros = await macrosOf(command, target).catch(() => undefined)
      if (macros === undefined) continue
      const compiler = { command, name: nameOf(macros), target, widths: widthsOf(macros) }
      const problem = problemOf(macros, compiler)
      if (problem === undefined) return compiler
      problems.push(problem)
    }
  if (problems.length > 0) throw new NoCompiler(problems[0], INSTALL)
  throw new NoCompiler(CC ? `$CC names '${CC}', which does not work` : "there is no C compiler", INSTALL)
}

/** What a compiler defines when it compiles for this processor. */
async function macrosOf(command: string, target: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(command, [target, "-dM", "-E", "-x", "c", "/dev/null"], { timeout: 20_000 })
  return new Map(stdout.split("\n").map((line) => [line.split(" ")[1] ?? "", line.split(" ").slice(2).join(" ")]))
}

function nameOf(macros: ReadonlyMap<string, string>): string {
  const version = (kind: string) => ["major", "minor"].map((part) => macros.get(`__${kind}_${part}__`)).join(".")
  return macros.has("__clang__")
    ? `clang ${version("clang")}`
    : `gcc ${macros.get("__GNUC__")}.${macros.get("__GNUC_MINOR__")}`
}

function problemOf(macros: ReadonlyMap<string, string>, { name, widths }: Compiler): string | undefined {
  const [least, major] = macros.has("__clang__")
    ? [14, Number(macros.get("__clang_major__"))]
    : [11, Number(macros.get("__GNUC__"))]
  if (!(major >= least)) return `the C compiler ${name} is too old`
  return widths.length === 0 ? "this processor has no fused multiply-add that is known" : undefined
}

function widthsOf(macros: ReadonlyMap<string, string>): ReadonlyArray<Width> {
  const all = (...names: ReadonlyArray<string>) => names.every((name) => macros.has(name))
  if (all("__aarch64__", "__ARM_NEON")) return [1]
  if (!all("__x86_64__", "__AVX2__", "__FMA__")) return []
  const wide = ["F", "BW", "DQ", "VL"].map((part) => `__AVX512${part}__`)
  return all(...wide) ? [1, 2, 4] : [1, 2]
}

/** Compiles a translated module. `more`: further options. Rejects with the compiler's message. */
export async function compile(
  { command, target }: Compiler,
  width: Width,
  {
    source,
    addon,
    headers,
    more = []
  }: {
    readonly source: string
    readonly addon: string
    readonly headers: string
    readonly more?: ReadonlyArray<string>
  }
): Promise<void> {
  const shared = process.platform === "darwin" ? ["-bundle", "-undefined", "dynamic_lookup"] : ["-shared"]
  await run(
    command,
    [
      // Multiplication and addition are fused where the kernels say so and nowhere else; integers wrap as in WASM.
      ...["-O3", "-std=gnu17", "-ffp-contract=off", "-fwrapv", "-fno-math-errno"],
      ...[target, `-DBLOCKS=${width}`, `-I${headers}`, "-fPIC", "-fvisibility=hidden", "-w", ...shared],
      ...[...more, source, "-o", addon, "-lm"]
    ],
    { timeout: 600_000 }
  )
}
