/**
 * Downloads that come through: a part that is there goes on where it ended (HTTP range), a connection that stalls or
 * breaks is tried again with growing pauses, and after that the next address is asked. What arrives is judged by
 * whoever asked for it.
 */
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"

export interface DownloadOptions {
  /** Says what is wrong with the file, if anything; then the next address is asked. */
  readonly refuse: (bytes: Uint8Array) => string | undefined
  readonly progress: (done: number, total: number | undefined) => void // bytes
  /** Hosts that could not be reached, each with the reason; asked no more. */
  readonly unreachable: Map<string, string>
  /** Attempts without any progress before the next address is asked. */
  readonly attempts?: number
  /** The pause after the first failure; doubled after each. */
  readonly pauseMs?: number
  /** A connection that gives nothing for so long has stalled. */
  readonly stallMs?: number
}

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

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Gets the file from the first address that gives it. `part` keeps what has arrived. Throws `DownloadFailed`. */
export async function download(
  urls: ReadonlyArray<string>,
  part: string,
  options: DownloadOptions
): Promise<Uint8Array> {
  const { refuse, unreachable, attempts = 4, pauseMs = 500 } = options
  const reasons: Array<string> = []
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
        await receive(url, part, options)
        const bytes = readFileSync(part)
        rmSync(part)
        const wrong = refuse(bytes)
        if (wrong === undefined) return bytes
        // The beginning may have been of another address or another day: once more, from the start.
        if (before > 0 && !restarted) {
          restarted = true
          continue
        }
        throw new Refused(wrong)
      } catch (error) {
        if (sizeOf(part) > before) failures = 0
        failures++
        if (error instanceof Refused || failures >= attempts) {
          const code = causeOf(error)?.code
          if (code !== undefined && CONNECTION.has(code)) unreachable.set(host, `${host} cannot be reached (${code})`)
          reasons.push(unreachable.get(host) ?? `${url}: ${reasonOf(error)}`)
          break
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs * (1 << (failures - 1))))
      }
    }
  }
  throw new DownloadFailed(reasons)
}

/** One attempt: appends what comes to the part. */
async function receive(url: string, part: string, { progress, stallMs = 30_000 }: DownloadOptions): Promise<void> {
  const controller = new AbortController()
  const stalled = () => controller.abort(new Error(`it gave nothing for ${stallMs / 1000} s`))
  let timer = setTimeout(stalled, stallMs)
  try {
    const from = sizeOf(part)
    // Gzipped on the way it would not be the file that was asked for.
    const headers = { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) }
    const response = await fetch(url, { headers, signal: controller.signal })
    const { status, body } = response
    if (status === 416) {
      await body?.cancel()
      rmSync(part)
      throw new Error("it has less than what was already here")
    }
    if (!response.ok || body === null) {
      await body?.cancel()
      const problem = `HTTP ${status} ${response.statusText}`.trim()
      throw status >= 500 || status === 429 || status === 408 ? new Error(problem) : new Refused(problem)
    }
    const resumed = status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${from}-`) === true
    if (status === 206 && !resumed) {
      await body.cancel()
      rmSync(part)
      throw new Error("it sent another part than was asked for")
    }
    if (!resumed) writeFileSync(part, "")
    const length = Number(response.headers.get("content-length") ?? Number.NaN)
    const total = Number.isFinite(length) ? length + (resumed ? from : 0) : undefined
    for await (const chunk of body) {
      clearTimeout(timer)
      timer = setTimeout(stalled, stallMs)
      appendFileSync(part, chunk as Uint8Array)
      progress(sizeOf(part), total)
    }
    if (total !== undefined && sizeOf(part) < total) throw new Error(`it ended after ${sizeOf(part)} of ${total} bytes`)
  } finally {
    clearTimeout(timer)
  }
}

const causeOf = (error: unknown): { readonly code?: string; readonly message?: string } | undefined =>
  (error as { cause?: { code?: string; message?: string } }).cause

const reasonOf = (error: unknown): string => {
  const cause = causeOf(error)
  return cause?.message || cause?.code || (error as Error).message
}
