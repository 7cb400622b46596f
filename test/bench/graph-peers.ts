/**
 * The contenders of the benchmark of the graph: the same graph declared for each of them. Every third node begins a
 * chain; all nodes read one file of a megabyte, and each but the first of a chain the one before.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const CHAIN = 3
export const SOURCE = "megabyte.bin"

export interface Contender {
  readonly name: string
  /** Undefined if it is not installed. */
  readonly version: string | undefined
  /** Declares `nodes` nodes in a folder that has the source. */
  declare(folder: string, nodes: number): void
  /** Brings everything up to date. */
  readonly command: (nodes: number) => readonly [program: string, ...args: ReadonlyArray<string>]
  /** What it runs in each node. */
  readonly work: string
}

const repository = fileURLToPath(new URL("../..", import.meta.url))

function versionOf(program: string, ...args: ReadonlyArray<string>): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" })
  return status === 0 ? /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] : undefined
}

const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { readonly version: string }

interface Step {
  readonly output: string
  readonly inputs: ReadonlyArray<string>
}

const nameOf = (chain: number, step: number) => `out/${chain}-${step}`

function steps(nodes: number): ReadonlyArray<Step> {
  return Array.from({ length: Math.floor(nodes / CHAIN) }, (_, chain) =>
    Array.from({ length: CHAIN }, (_, step) => ({
      output: nameOf(chain, step),
      inputs: [SOURCE, ...(step > 0 ? [nameOf(chain, step - 1)] : [])]
    }))
  ).flat()
}

const text = (lines: ReadonlyArray<string>) => `${lines.join("\n")}\n`
const shell = "`echo > output` in a shell"

/** Copies the project itself. */
export function project(folder: string): void {
  for (const part of ["src", "pipeline", "package.json"])
    cpSync(join(repository, part), join(folder, part), { recursive: true })
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"))
}

/** The pipeline itself: a copy of its sources with the fixture that the tests have too. */
export function ours(worker: boolean): Contender {
  return {
    name: worker ? "pipeline, workers" : "pipeline",
    version: manifest.version,
    work: worker ? "SHA-256 in a worker process" : "SHA-256 in the scheduler's process",
    declare(folder) {
      project(folder)
      cpSync(join(repository, "test/fixtures/chains"), folder, { recursive: true })
    },
    command: (nodes) => [process.execPath, "src/cli/launch.js", "run", ...settings(nodes, worker)]
  }
}

const settings = (nodes: number, worker: boolean) => [
  ...["--set", `nodes=${nodes}`, "--set", `length=${CHAIN}`],
  ...["--set", `worker=${worker}`]
]

const ninja: Contender = {
  name: "ninja",
  version: versionOf("ninja", "--version"),
  work: shell,
  declare(folder, nodes) {
    const rules = steps(nodes).map(({ output, inputs }) => `build ${output}: step ${inputs.join(" ")}`)
    writeFileSync(join(folder, "build.ninja"), text(["rule step", "  command = echo > $out", ...rules]))
  },
  command: () => ["ninja", "--quiet"]
}

const make: Contender = {
  name: "make",
  version: versionOf("make", "--version"),
  work: shell,
  declare(folder, nodes) {
    const all = steps(nodes)
    mkdirSync(join(folder, "out"))
    const rules = all.map(({ output, inputs }) => `${output}: ${inputs.join(" ")}\n\t@echo > $@`)
    writeFileSync(join(folder, "Makefile"), text([`all: ${all.map(({ output }) => output).join(" ")}`, ...rules]))
  },
  command: () => ["make", "--silent", "-j2"]
}

const snakemake: Contender = {
  name: "Snakemake",
  version: versionOf("snakemake", "--version"),
  work: shell,
  declare(folder, nodes) {
    const chains = Math.floor(nodes / CHAIN)
    const rules = [
      `rule all:\n    input: expand("out/{chain}-${CHAIN - 1}", chain=range(${chains}))`,
      `rule first:\n    input: "${SOURCE}"\n    output: "out/{chain}-0"\n    shell: "echo > {output}"`
    ]
    for (let step = 1; step < CHAIN; step++) {
      rules.push(
        `rule step${step}:\n    input: "${SOURCE}", "out/{chain}-${step - 1}"\n    output: "out/{chain}-${step}"\n    shell: "echo > {output}"`
      )
    }
    writeFileSync(join(folder, "Snakefile"), text(rules))
  },
  command: () => ["snakemake", "--cores", "2", "--quiet", "all"]
}

const doit: Contender = {
  name: "doit",
  version: versionOf("doit", "--version"),
  work: shell,
  declare(folder, nodes) {
    mkdirSync(join(folder, "out"))
    const tasks = [
      "def task_step():",
      `    for chain in range(${Math.floor(nodes / CHAIN)}):`,
      `        for step in range(${CHAIN}):`,
      `            output = f"out/{chain}-{step}"`,
      `            before = [f"out/{chain}-{step - 1}"] if step > 0 else []`,
      `            yield {"name": output, "actions": [f"echo > {output}"], "file_dep": ["${SOURCE}", *before], "targets": [output]}`
    ]
    writeFileSync(join(folder, "dodo.py"), text(tasks))
  },
  command: () => ["doit", "--verbosity", "0", "--reporter", "zero"]
}

const dvc: Contender = {
  name: "DVC",
  version: versionOf("dvc", "--version"),
  work: shell,
  declare(folder, nodes) {
    const stages = steps(nodes).flatMap(({ output, inputs }) => [
      `  ${output.slice(4)}:`,
      `    cmd: echo > ${output}`,
      "    deps:",
      ...inputs.map((input) => `      - ${input}`),
      "    outs:",
      `      - ${output}`
    ])
    mkdirSync(join(folder, "out"))
    writeFileSync(join(folder, "dvc.yaml"), text(["stages:", ...stages]))
    spawnSync("dvc", ["init", "--no-scm", "--quiet"], { cwd: folder })
  },
  command: () => ["dvc", "repro", "--quiet"]
}

const redun: Contender = {
  name: "redun",
  version: versionOf("redun", "--version"),
  work: "a Python function in a thread",
  declare(folder, nodes) {
    const code = [
      "from redun import task, File",
      'redun_namespace = "chains"',
      "@task()",
      "def step(data: File, before: str, name: str) -> str:",
      "    return name",
      "@task()",
      `def main(chains: int = ${Math.floor(nodes / CHAIN)}) -> list:`,
      "    ends = []",
      "    for chain in range(chains):",
      '        before = ""',
      `        for i in range(${CHAIN}):`,
      `            before = step(File("${SOURCE}"), before, f"{chain}-{i}")`,
      "        ends.append(before)",
      "    return ends"
    ]
    writeFileSync(join(folder, "workflow.py"), text(code))
  },
  command: () => ["redun", "run", "workflow.py", "main"]
}

export const peers: ReadonlyArray<Contender> = [ninja, make, snakemake, doit, dvc, redun]
