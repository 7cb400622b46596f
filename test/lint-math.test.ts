/** What computes results keeps to functions whose bits are the same everywhere, and to its inputs. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { build, transform } from "esbuild"
import fastGlob from "fast-glob"
import { expect, test } from "vitest"
import { engineModules, repository } from "./support/project.ts"

/** Their last bits are the JavaScript engine's choice (`**` is Math.pow), or they give another value at every call. */
const FORBIDDEN: ReadonlyArray<readonly [string, RegExp]> = [
  [
    "a function of Math that is not exactly defined",
    /\bMath\s*(?:\.|\?\.)\s*(?!(?:abs|ceil|floor|fround|imul|max|min|round|sign|sqrt|trunc|clz32|LN2|LN10|LOG2E|LOG10E|PI|E|SQRT2|SQRT1_2)\b)\w+/
  ],
  ["Math under another name", /\bMath\s*(?:\[|[,;)}]|$)|=\s*Math\b(?!\s*\.)/],
  ["the operator **", /\*\*/],
  ["a clock", /\bDate\b|\bperformance\s*\.\s*now\b|\bhrtime\b/],
  ["random numbers without a seed", /\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b/]
]
const COMPUTES = /^(?:src\/(?:network|data|engine|optimize|analysis|results|statistics)|pipeline\/stages)\//

/** Files that the compute modules and the engines reach, as esbuild sees them. */
async function reached(): Promise<ReadonlyArray<string>> {
  const { metafile } = await build({
    entryPoints: [
      ...fastGlob.sync("pipeline/stages/compute/*.ts", { cwd: repository, absolute: true }),
      ...engineModules
    ],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outdir: "out",
    logLevel: "silent"
  })
  return Object.keys(metafile.inputs).filter((file) => COMPUTES.test(file))
}

async function offences(file: string, source: string): Promise<ReadonlyArray<string>> {
  const { code } = await transform(source, { loader: "ts", legalComments: "none" })
  return code.split("\n").flatMap((line) => {
    const text = line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""').replace(/\/\*.*?(?:\*\/|$)/g, "") // esbuild keeps comments within literals
    return FORBIDDEN.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${file}: ${what}: ${line.trim()}`)
  })
}

test("what compute modules reach uses no inexact function, no clock, no unseeded random number", async () => {
  const files = await reached()
  expect(files).toContain("src/network/philox.ts")
  expect(files).toContain("src/engine/tfjs/session.ts")
  const found = await Promise.all(files.map((file) => offences(file, readFileSync(join(repository, file), "utf8"))))
  expect(found.flat()).toEqual([])
})

test.each([
  "const y = Math.exp(x)",
  "const y = x ** 2",
  "const { tanh } = Math",
  'const y = Math["log"](x)',
  "const now = Date.now()",
  "const r = Math.random()",
  "const t = performance.now()"
])("%s would be found", async (line) => {
  expect(await offences("x.ts", line)).toHaveLength(1)
})

test("exact functions, comments and texts pass", async () => {
  expect(
    await offences("x.ts", 'const y = Math.sqrt(x) + Math.max(1, Math.fround(x)) // Math.exp **\nconst s = "a ** b"')
  ).toEqual([])
})
