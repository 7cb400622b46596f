/**
 * Which project a cache is used by. Results belong to nobody: a key says all that they were made of. But what was
 * published where, failures and logs are a project's own, and several may share a cache.
 *
 * A project is told by where it lies: the digest of its folder's real path, without links. A file of its own with a
 * name in it would be copied with a clone, and two would be one again. So a project that is moved, or a copy, starts
 * without failures and logs and does not know which report files an earlier report wrote (those that the next one does
 * not have stay); its results are all there. Of two containers that have different projects under one path the cache
 * cannot tell one from the other; then, too, a report's file is only removed if its bytes are those that were published.
 */
import { realpathSync } from "node:fs"
import { sha256 } from "../graph/key.ts"

/** The name under which a cache keeps what is a project's own: 16 hex digits. */
export const projectId = (project: string): string => sha256(realpathSync(project)).slice(0, 16)
