/**
 * A workplace: what stands, where a task is computed, for what it names. A task says keys, digests and names relative to
 * the project; a process that computes has a project and a cache of its own, on this machine or another. Plain TypeScript:
 * workers use it.
 */
import { relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { logPath } from "./logs.ts"

/** Values of hints (graph/stage.ts): what a machine says of how to compute, by name. */
export type Hints = Readonly<Record<string, string | number>>

export interface Workplace {
  readonly project: string // absolute path
  readonly cache: string // absolute path of the cache's folder
  readonly logs: string // absolute path of the folder of the project's logs
  /** Absolute path of a folder that machines share, in which the folder of checkpoints lies; the cache's if left out. */
  readonly states?: string
  /** A file that asks, while it is there, for states to be kept at once: what computes is soon to be stopped. */
  readonly hurry?: string
  readonly hints: Hints
}

/** How a task names a module: by its path in the project, with `/`. */
export const moduleName = (project: string, module: URL): string =>
  relative(project, fileURLToPath(module)).split(sep).join("/")

/** Absolute path of a module. */
export const moduleAt = ({ project }: Workplace, name: string): string => resolve(project, name)

/** Folder in which the folder of checkpoints lies. */
export const statesAt = ({ states, cache }: Workplace): string => states ?? cache

/** Absolute path of a node's log. */
export const logOf = ({ logs }: Workplace, { name }: { readonly name: string }): string => logPath(logs, name)
