/** Where the images of a set are: in memory, or in a file of which each is read when it is wanted. */
import { readSync } from "node:fs"

/** Images [n, C, H, W] of bytes in a file that is open. Plain values, so that threads can be given it. */
export interface ImageFile {
  readonly descriptor: number
  readonly start: number // bytes before the first image
}

export type Images = Uint8Array | ImageFile

/** Copies the image of a number, of `size` bytes, to a place of `to`. Throws where the file ends before. */
export function copyImage(images: Images, index: number, size: number, to: Uint8Array, at: number): void {
  if (images instanceof Uint8Array) to.set(images.subarray(index * size, (index + 1) * size), at)
  else readFully(images.descriptor, to, at, size, images.start + index * size)
}

/** Fills `size` bytes of `to` from a place of a file on. Throws where the file ends before. */
export function readFully(descriptor: number, to: Uint8Array, at: number, size: number, position: number): void {
  for (let done = 0; done < size; ) {
    const read = readSync(descriptor, to, at + done, size - done, position + done)
    if (read === 0) throw new RangeError(`the file of the images ends at byte ${position + done}`)
    done += read
  }
}
