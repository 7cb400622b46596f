/**
 * A cache that several users share. What one of them makes the others must be able to write, whatever their umasks. As
 * with git's shared repositories, but told by the folder itself: if it lets its group write, or everybody, so does all
 * that is made in it. (That it belongs to the group is the system's part, where the folder has its setgid bit.)
 */
import { statSync } from "node:fs"
import { dirname } from "node:path"

const GROUP = { write: 0o020, all: 0o070 }
const EVERYBODY = { write: 0o002, all: 0o007 }
const SETGID = 0o2000

/** The user's own umask, while that of the cache is set. */
let own: number | undefined

/** Files are made as the cache's folder wants it, until the returned function is called. */
export function share(folder: string): () => void {
  const earlier = process.umask()
  own = earlier
  process.umask(earlier & ~sharedBits(folder))
  return () => {
    process.umask(earlier)
    own = undefined
  }
}

/** Makes files outside of the cache as the user wants them. */
export function asUser<A>(make: () => A): A {
  const shared = process.umask()
  process.umask(own ?? shared)
  try {
    return make()
  } finally {
    process.umask(shared)
  }
}

/** Bits of a mode that no umask is to take away. */
function sharedBits(folder: string): number {
  const own = modeOf(folder)
  // A new one is as the folder that it is made in, if that passes on its group.
  const mode = own ?? modeAbove(folder)
  if (own === undefined && (mode & SETGID) === 0) return 0
  return [GROUP, EVERYBODY].reduce((bits, { write, all }) => ((mode & write) === 0 ? bits : bits | all), 0)
}

/** Undefined where nothing is, or nothing can be looked at. */
function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode
  } catch {
    return undefined
  }
}

const modeAbove = (path: string): number =>
  path === dirname(path) ? 0 : (modeOf(dirname(path)) ?? modeAbove(dirname(path)))
