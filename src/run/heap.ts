/** A binary heap: the entry of highest priority first; of equals the one with the lower number. */
export class Heap {
  readonly #entries: Array<number> = []
  readonly #priority: ArrayLike<number>

  constructor(priority: ArrayLike<number>) {
    this.#priority = priority
  }

  get size(): number {
    return this.#entries.length
  }

  peek(): number {
    return this.#entries[0]
  }

  push(entry: number): void {
    const heap = this.#entries
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.#before(heap[i], heap[parent])) break
      ;[heap[i], heap[parent]] = [heap[parent], heap[i]]
      i = parent
    }
  }

  pop(): number {
    const heap = this.#entries
    const first = heap[0]
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      for (let i = 0; ; ) {
        let best = i
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < heap.length && this.#before(heap[child], heap[best])) best = child
        }
        if (best === i) break
        ;[heap[i], heap[best]] = [heap[best], heap[i]]
        i = best
      }
    }
    return first
  }

  #before(a: number, b: number): boolean {
    const difference = this.#priority[a] - this.#priority[b]
    return difference > 0 || (difference === 0 && a < b)
  }
}
