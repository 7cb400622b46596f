/** gzip (RFC 1952), unpacked within limits. */
import { constants } from "node:buffer"
import { gunzipSync } from "node:zlib"
import { Malformed } from "./malformed.ts"

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** What is in a gzip file, if it is not more than `atMost` bytes: a few kilobytes can hold gigabytes. Throws `Malformed`. */
export function gunzip(bytes: Uint8Array, atMost: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, Math.min(atMost, constants.MAX_LENGTH)) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw new Malformed(`it unpacks to more than ${atMost.toLocaleString("en-US")} bytes`)
    throw new Malformed(`it is a damaged gzip file (${message})`)
  }
}
