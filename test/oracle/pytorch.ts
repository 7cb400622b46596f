/**
 * Proves the README's lines of PyTorch: they are taken from the README as they stand there, load the weights that
 * `pipeline get` writes, and must give the engine's logits to 1e-5. Needs Python with torch, safetensors and numpy:
 * `npm run oracle:pytorch`. Runs on the studies' own cached trainings.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readImageSet, select } from "../../src/data/examples.ts"
import { list, number, parse } from "../../src/data/json.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { readWeights } from "../../src/results/weights.ts"
import { artifact } from "../support/artifact.ts"
import { repository } from "../support/project.ts"

const readme = readFileSync(join(repository, "README.md"), "utf8")
const lines = /```python\n([\s\S]*?)```/.exec(readme)![1]
const folder = mkdtempSync(join(tmpdir(), "pipeline-oracle-"))
const get = (what: string, file: string) => {
  const path = join(folder, file)
  execFileSync(process.execPath, [join(repository, "src/cli/launch.js"), "get", what, "--out", path], {
    cwd: repository
  })
  return path
}

const set = readImageSet(readFileSync(get("preprocess/digits:validation", "validation.safetensors")), "validation")
const images = select(
  set,
  Uint32Array.from({ length: 64 }, (_, i) => i)
)
let failed = false
for (const { layers, depth, filters } of [
  { layers: 1, depth: 1, filters: 1 },
  { layers: 16, depth: 16, filters: 1 },
  { layers: 4, depth: 4, filters: 4 },
  { layers: 4, depth: 1, filters: 4 }
]) {
  const path = get(`train/digits/layers=${layers},depth=${depth},filters=${filters},seed=0:weights`, "w.safetensors")
  const { channels, height, width, classes } = set
  const network = {
    channels,
    height,
    width,
    classes,
    layers,
    depth,
    filters,
    kernel: 3,
    activation: "relu",
    residual: true
  } as const
  const session = await wasm.open(network, { precision: "f32" })
  session.load({ parameters: readWeights(network, artifact(readFileSync(path), path)) })
  const ours = session.logits(images)
  writeFileSync(
    join(folder, "check.py"),
    `${lines}
v = load_file(${JSON.stringify(join(folder, "validation.safetensors"))})["images"][:64]
import json; print(json.dumps(logits(${JSON.stringify(path)}, v, ${layers}, ${depth}).flatten().tolist()))`
  )
  const { stdout, stderr, status } = spawnSync("python3", [join(folder, "check.py")], { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  const theirs = parse(stdout, list(number))
  const scale = theirs.reduce((most, logit) => Math.max(most, Math.abs(logit)), 0)
  const far = theirs.reduce((most, logit, i) => Math.max(most, Math.abs(logit - ours[i])), 0) / scale
  failed ||= !(far < 1e-5)
  console.log(
    `layers ${layers}, depth ${depth}, filters ${filters}: largest difference over largest logit ${far.toExponential(1)}`
  )
}
rmSync(folder, { recursive: true })
process.exit(failed ? 1 : 0)
