/**
 * PNG files (ISO/IEC 15948) of small pictures. They are packed by fflate, plain JavaScript: what zlib makes of the same
 * pixels differs between its versions and processors.
 */
import { crc32 } from "node:zlib"
import { zlibSync } from "fflate"

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** The file of a picture [height, width, 4]: red, green, blue, and how much it covers. */
export function pngOf(width: number, height: number, rgba: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8) // eight bits, colour with alpha
  const row = 4 * width
  const lines = new Uint8Array(height * (row + 1)) // each after a byte 0: not filtered
  for (let y = 0; y < height; y++) lines.set(rgba.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const parts = [chunk("IHDR", header), chunk("IDAT", zlibSync(lines, { level: 9 })), chunk("IEND", new Uint8Array())]
  return Buffer.concat([SIGNATURE, ...parts])
}
