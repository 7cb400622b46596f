/** Loads a project's declarations; what keeps them from loading is said with its file and line. */
import { join } from "node:path"
import { BUNDLE } from "../cache/code.ts"
import { firstPlace } from "../graph/declared.ts"
import type { GraphError } from "../graph/errors.ts"
import type { Pipeline } from "../graph/pipeline.ts"
import { importModule } from "../start/modules.js"
import { ProjectError } from "./errors.ts"
import { PIPELINE_FILE } from "./project.ts"

const isTagged = (error: unknown): error is GraphError => typeof error === "object" && error !== null && "_tag" in error

const isPipeline = (value: unknown): value is Pipeline =>
  typeof value === "object" && value !== null && "studies" in value && "stages" in value

/** What a file of the project exports by default. Throws `ProjectError`, or what is wrong with a declaration. */
export async function loadDefault(project: string, file: string): Promise<unknown> {
  const path = join(project, file)
  try {
    return (await importModule(path)).default
  } catch (error) {
    if (isTagged(error)) throw error
    const problem = (await unreadable(project, path)) ?? thrown(project, error)
    throw new ProjectError({ problem: `${file} cannot be loaded: ${problem}` })
  }
}

/** Throws `ProjectError`, or what is wrong with a declaration. */
export async function load(project: string): Promise<Pipeline> {
  const pipeline = await loadDefault(project, PIPELINE_FILE)
  if (isPipeline(pipeline)) return pipeline
  throw new ProjectError({
    problem: `${PIPELINE_FILE} cannot be loaded: expected \`export default definePipeline(…)\`, found ${pipeline === undefined ? "no default export" : "another default export"}`
  })
}

/** What a parser says of the sources: Node names the file alone, and not always the one that is wrong. */
async function unreadable(project: string, path: string): Promise<string | undefined> {
  const esbuild = await import("esbuild")
  const read = esbuild.build({
    entryPoints: [path],
    absWorkingDir: project,
    ...BUNDLE,
    logLevel: "silent",
    tsconfigRaw: {}
  })
  const errors = await read.then(
    () => [],
    (failure: { readonly errors?: ReadonlyArray<import("esbuild").Message> }) => failure.errors ?? []
  )
  if (errors.length === 0) return undefined
  const [{ text, location }] = errors
  const where = location && ` (${location.file}, line ${location.line}: ${location.lineText.trim()})`
  return `${text.replaceAll('"', "'")}${where ?? ""}`
}

/** What was thrown while the declarations were made, with the first place of the project that was on the way. */
function thrown(project: string, error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = join(project, "pipeline")
  const place = firstPlace(error.stack ?? "", (file) => file.startsWith(own))
  return `${error.message.split("\n")[0]}${place === undefined ? "" : ` (${place})`}`
}
