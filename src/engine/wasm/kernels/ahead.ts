/**
 * Fetching of what comes next while products run, where there is an instruction for it: natively (NATIVE). The planes of
 * several blocks side by side do not stay in the second-level cache from one layer to the next, and waiting for them
 * would take a third of the time.
 */
import { TILE, filters, pixel, plane, reach, row } from "./shape"

/** Rows of planes that are wanted, of up to two states: where they begin in the first channel, and bytes a channel. */
let first0: usize = 0
let first1: usize = 0
let bytes0: usize = 0
let bytes1: usize = 0

/** Has the processor fetch the cache line at p. */
// @ts-ignore: decorator
@inline
function prefetch(p: usize): void {}

/** Nothing is wanted any more. */
// @ts-ignore: decorator
@inline
export function nothingAhead(): void {
  bytes0 = 0
  bytes1 = 0
}

/** Rows of tiles [from, to) of F planes, to be read: with the rows around that a tile of input has. */
// @ts-ignore: decorator
@inline
export function inputAhead(planes: usize, from: i32, to: i32): void {
  first0 = planes + <usize>(from * TILE) * row
  bytes0 = <usize>((to - from) * TILE + 2 * reach) * row
}

/** Rows of tiles [from, to) of F planes, read or written as outputs. */
// @ts-ignore: decorator
@inline
export function outputAhead(planes: usize, from: i32, to: i32): void {
  first1 = planes + pixel(from * TILE, 0)
  bytes1 = <usize>((to - from) * TILE) * row
}

/** Lines [from, to) of all channels' rows, counted channel by channel. */
function fetchLines(first: usize, bytes: usize, part: i32, parts: i32): void {
  const lines = <i32>(bytes >> 6), all = filters * lines
  let at = (all * part) / parts
  const end = (all * (part + 1)) / parts
  while (at < end) {
    const channel = at / lines, until = min(end, (channel + 1) * lines)
    let p = first + <usize>channel * plane + (<usize>(at - channel * lines) << 6)
    for (; at < until; at++, p += 64) prefetch(p)
  }
}

/** Part number `part` of `parts` of what is wanted. */
// @ts-ignore: decorator
@inline
export function fetchPart(part: i32, parts: i32): void {
  if (bytes0) fetchLines(first0, bytes0, part, parts)
  if (bytes1) fetchLines(first1, bytes1, part, parts)
}
