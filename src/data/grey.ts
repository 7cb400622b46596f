/** Colour as grey. */

/**
 * A picture of one channel [H, W] of one of three [3, H, W]: 0.299 R + 0.587 G + 0.114 B in Pillow's whole numbers, the
 * rule of image files (files/decode.ts).
 */
export function grey(picture: Uint8Array): Uint8Array {
  const plane = picture.length / 3
  const result = new Uint8Array(plane)
  for (let at = 0; at < plane; at++)
    result[at] = (picture[at] * 19595 + picture[at + plane] * 38470 + picture[at + 2 * plane] * 7471 + 0x8000) >> 16
  return result
}
