/**
 * Buffers, laid out once when a network is set up and never freed: an instance serves one network.
 *
 * Between any two lies a guard zone of one cache line with a pattern that no kernel may change; tests look at them.
 * Read as numbers the pattern is NaN, so what is read from there by mistake shows as well.
 */
const GUARD: usize = 64
const PATTERN: u32 = 0x7ff8_bad0

let next: usize = 0
let guards: i32 = 0
/** Zones that are remembered; a network has about thirty. */
const GUARDS: i32 = 128
const guardTable = memory.data(GUARDS * 8, 16)

function guard(): void {
  if (guards < GUARDS) {
    store<usize>(guardTable + (<usize>guards << 3), next)
    guards++
  }
  for (let i: usize = 0; i < GUARD; i += 4) store<u32>(next + i, PATTERN)
  next += GUARD
}

function reserve(end: usize): void {
  const have = <usize>memory.size() << 16
  if (end > have && memory.grow(<i32>((end - have + 0xffff) >> 16)) < 0) unreachable()
}

/** `bytes` zero bytes, at a multiple of 64. */
export function allocate(bytes: usize): usize {
  if (next == 0) {
    next = (__heap_base + 63) & ~63
    reserve(next + GUARD)
    guard()
  }
  const start = next
  next += (bytes + 63) & ~63
  reserve(next + GUARD)
  guard()
  return start
}

/** Number of guard zones that were written to. */
export function violations(): i32 {
  let count = 0
  for (let g = 0; g < guards; g++) {
    const p = load<usize>(guardTable + (<usize>g << 3))
    for (let i: usize = 0; i < GUARD; i += 4)
      if (load<u32>(p + i) != PATTERN) {
        count++
        break
      }
  }
  return count
}
