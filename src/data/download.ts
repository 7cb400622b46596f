/**
 * Downloads that come through: a part that is there goes on where it ended (HTTP range), a connection that stalls or
 * breaks is tried again with growing pauses, and after that the next address is asked. What arrives is judged by
 * whoever asked for it.
 */
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"

export interface DownloadOptions {
  /** Says what is wrong with the file, if anything; then the next address is asked. */
  readonly refuse: (bytes: Uint8Array) => string | undefined | Promise<string | undefined>
  /** No more than this is taken, whatever is said or sent. */
  readonly atMost: number // bytes
  readonly progress: (done: number, total: number | undefined) => void // bytes
  /** Hosts that could not be reached, each with the reason; asked no more. */
  readonly unreachable: Map<string, string>
  /** Attempts without any progress before the next address is asked. */
  readonly attempts?: number
  /** The pause after the first failure; doubled after each. */
  readonly pauseMs?: number
  /** A connection that gives nothing for so long has stalled. */
  readonly stallMs?: number
  /** All attempts at all addresses together; what has come by then is gone on with by the next run. */
  readonly withinMs?: number
}

const WITHIN_MS = 2 * 3_600_000

/** All addresses failed: why, one by one. */
export class DownloadFailed extends Error {
  override readonly name = "DownloadFailed"
  readonly reasons: ReadonlyArray<string>
  constructor(reasons: ReadonlyArray<string>) {
    super(reasons.join("; "))
    this.reasons = reasons
  }
}

/** The connection could not be made at all. */
const CONNECTION: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT"
])

/** The address has no such file, or not for us: to ask again is of no use. */
class Refused extends Error {}

export const tooLarge = (bytes: number, atMost: number): string =>
  `expected at most ${atMost.toLocaleString("en-US")} bytes, found ${bytes.toLocaleString("en-US")} bytes`

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Gets the file from the first address that gives it. `part` keeps what has arrived. Throws `DownloadFailed`. */
export async function download(
  urls: ReadonlyArray<string>,
  part: string,
  options: DownloadOptions
): Promise<Uint8Array> {
  const { refuse, unreachable, attempts = 4, pauseMs = 500, withinMs = WITHIN_MS } = options
  const reasons: Array<string> = []
  const whole = AbortSignal.timeout(withinMs)
  for (const url of urls) {
    const { host } = new URL(url)
    const known = unreachable.get(host)
    if (known !== undefined) {
      reasons.push(known)
      continue
    }
    let restarted = false
    for (let failures = 0; ; ) {
      const before = sizeOf(part)
      try {
        await receive(url, part, options, whole)
        const bytes = readFileSync(part)
        rmSync(part)
        const wrong = await refuse(bytes)
        if (wrong === undefined) return bytes
        // The beginning may have been of another address or another day: once more, from the start.
        if (before > 0 && !restarted) {
          restarted = true
          continue
        }
        throw new Refused(wrong)
      } catch (error) {
        if (whole.aborted) {
          throw new DownloadFailed([
            ...reasons,
            `${url}: it was not there within ${withinMs / 1000} s, all tries together`
          ])
        }
        if (sizeOf(part) > before) failures = 0
        failures++
        if (error instanceof Refused || failures >= attempts) {
          const code = causeOf(error)?.code
          if (code !== undefined && CONNECTION.has(code)) unreachable.set(host, `${host} cannot be reached (${code})`)
          reasons.push(unreachable.get(host) ?? `${url}: ${reasonOf(error)}`)
          break
        }
        // Twice as long after each failure; the end of the whole time ends the pause too.
        await pause(pauseMs * (1 << (failures - 1)), undefined, { signal: whole }).catch(() => {})
      }
    }
  }
  throw new DownloadFailed(reasons)
}

/** One attempt: appends what comes to the part. */
async function receive(
  url: string,
  part: string,
  { atMost, progress, stallMs = 30_000 }: DownloadOptions,
  whole: AbortSignal
): Promise<void> {
  const stalled = new AbortController()
  const signal = AbortSignal.any([stalled.signal, whole])
  const give = () => setTimeout(() => stalled.abort(new Error(`it gave nothing for ${stallMs / 1000} s`)), stallMs)
  let timer = give()
  const refuseSize = (bytes: number) => {
    rmSync(part, { force: true })
    throw new Refused(tooLarge(bytes, atMost))
  }
  try {
    const from = sizeOf(part)
    if (from > atMost) refuseSize(from)
    // Gzipped on the way it would not be the file that was asked for.
    const headers = { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) }
    const response = await fetch(url, { headers, signal })
    const { status, body } = response
    if (status === 416) {
      await body?.cancel()
      rmSync(part, { force: true })
      throw new Error("it has less than what was already here")
    }
    if (!response.ok || body === null) {
      await body?.cancel()
      const problem = `HTTP ${status} ${response.statusText.slice(0, 100)}`.trim()
      throw status >= 500 || status === 429 || status === 408 ? new Error(problem) : new Refused(problem)
    }
    const resumed = status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${from}-`) === true
    if (status === 206 && !resumed) {
      await body.cancel()
      rmSync(part, { force: true })
      throw new Error("it sent another part than was asked for")
    }
    if (!resumed) writeFileSync(part, "")
    let done = resumed ? from : 0
    const length = /^\d{1,15}$/.exec(response.headers.get("content-length") ?? "")
    const total = length === null ? undefined : Number(length[0]) + done
    if (total !== undefined && total > atMost) refuseSize(total)
    for await (const chunk of body) {
      clearTimeout(timer)
      timer = give()
      done += chunk.length
      if (done > atMost) refuseSize(done)
      appendFileSync(part, chunk)
      progress(done, total)
    }
    if (total !== undefined && done < total) throw new Error(`it ended after ${done} of ${total} bytes`)
  } finally {
    clearTimeout(timer)
    stalled.abort()
  }
}

const causeOf = (error: unknown): { readonly code?: string; readonly message?: string } | undefined =>
  (error as { cause?: { code?: string; message?: string } }).cause

const reasonOf = (error: unknown): string => {
  const cause = causeOf(error)
  return cause?.message || cause?.code || (error as Error).message
}
