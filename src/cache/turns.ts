/**
 * Turns: one process at a time opens the cache, so that none throws away an index that another has just made.
 *
 * Lamport's bakery (Communications of the ACM 17, 1974): each process draws a number above all that it sees and waits
 * for those with lower ones. Numbers are empty files, `opening/PROCESS.NUMBER`, and those of dead processes count for
 * nothing, so that, unlike with a lock file, nothing is ever left behind to be broken open.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { isNameAlive, ownName } from "./process.ts"

/** The number of a process that is still drawing one. */
const DRAWING = 0
const WAIT_MS = 2
/** Whoever has had the turn for so long, in another container, was killed in it. */
const TURN_MS = 60_000

const folderOf = (cache: string) => join(cache, "opening")

/** Does something while no other process does so with the same cache. */
export function inTurn<A>(cache: string, action: () => A): A {
  const folder = folderOf(cache)
  mkdirSync(folder, { recursive: true })
  const note = (number: number) => join(folder, `${ownName}.${number}`)
  let mine = DRAWING
  writeFileSync(note(DRAWING), "")
  try {
    const drawn = 1 + Math.max(DRAWING, ...others(cache).map(({ number }) => number))
    writeFileSync(note(drawn), "")
    mine = drawn
    rmSync(note(DRAWING))
    const isBefore = ({ name, number }: Ticket) => number < mine || (number === mine && name < ownName)
    while (others(cache).some(isBefore)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
    return action()
  } finally {
    rmSync(note(mine), { force: true })
  }
}

interface Ticket {
  readonly name: string
  readonly number: number
}

/** Tickets of other living processes. */
function others(cache: string): ReadonlyArray<Ticket> {
  const folder = folderOf(cache)
  return readdirSync(folder).flatMap((file) => {
    const dot = file.lastIndexOf(".")
    const name = file.slice(0, dot)
    if (name === ownName || !isNameAlive(cache, name, join(folder, file), TURN_MS)) return []
    return [{ name, number: Number(file.slice(dot + 1)) }]
  })
}
