/**
 * A shared cache on a server, in the protocol of Bazel's HTTP cache: GET, HEAD and PUT of `ac/KEY` and `cas/DIGEST`. Any
 * server that keeps files so will do: nginx with WebDAV, bazel-remote, an object store behind a gateway.
 */
import {
  LIMITS,
  type Limits,
  type Pieces,
  type Place,
  paced,
  pathOf,
  type Transport,
  Trouble,
  type TroubleKind,
  within
} from "./transport.ts"

/** What a server asks for, in the header `authorization`. */
export type Credentials = { readonly token: string } | { readonly user: string; readonly password: string }

const headerOf = (credentials: Credentials): string =>
  "token" in credentials
    ? `Bearer ${credentials.token}`
    : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`

/** 409: WebDAV lacks the folder. 410: it was there once. */
const MISSING: ReadonlySet<number> = new Set([404, 410])

const KIND_OF: Readonly<Record<number, TroubleKind>> = {
  408: "again",
  413: "large",
  425: "again",
  429: "again",
  507: "full"
}

const WORDS: Readonly<Record<number, string>> = {
  401: "it asks for credentials, or refuses these",
  403: "it does not allow this",
  405: "it does not take this method (for WebDAV: `dav_methods PUT`)",
  409: "it has no such folder (nginx: `create_full_put_path on`)",
  413: "it does not take so many bytes (nginx: `client_max_body_size`)",
  507: "it has no room left"
}

function troubleOf({ status, statusText }: Response): Trouble {
  const kind = KIND_OF[status] ?? (status >= 500 ? "again" : "refused")
  const words = WORDS[status] ?? statusText.replace(/[^\x20-\x7e]/g, "").slice(0, 100)
  return new Trouble(kind, `HTTP ${status}${words === "" ? "" : `: ${words}`}`)
}

/** `base`: an address of http or https, without credentials in it. */
export function httpTransport(base: URL, credentials: Credentials | undefined, limits: Limits = LIMITS): Transport {
  const root = base.href.replace(/\/*$/, "")
  const closed = new AbortController()
  // Compressed on the way it would not be the file that was asked for.
  const headers: Readonly<Record<string, string>> = {
    "accept-encoding": "identity",
    ...(credentials && { authorization: headerOf(credentials) })
  }

  /** An answer whose header has come in time; it, and what follows, ends with `abort`. */
  const request = async (place: Place, init: RequestInit & { readonly duplex?: "half" }, bytes = 0) => {
    const given = new AbortController()
    const signal = AbortSignal.any([given.signal, closed.signal])
    const abort = () => given.abort()
    try {
      const asked = fetch(`${root}/${pathOf(place)}`, { ...init, headers: { ...headers, ...init.headers }, signal })
      return { response: await within(limits, bytes, asked), abort }
    } catch (error) {
      abort()
      throw asTrouble(error)
    }
  }

  return {
    name: root,
    async read(place) {
      const { response, abort } = await request(place, { method: "GET" })
      const { status, body } = response
      if (status === 200 && body !== null) return paced(limits, whole(response, body), abort)
      abort()
      if (MISSING.has(status)) return undefined
      throw troubleOf(response)
    },
    async size(place) {
      const { response, abort } = await request(place, { method: "HEAD" })
      abort()
      if (MISSING.has(response.status)) return undefined
      if (response.status !== 200 && response.status !== 204) throw troubleOf(response)
      const length = /^\d{1,15}$/.exec(response.headers.get("content-length") ?? "")
      return length === null ? "unknown" : Number(length[0])
    },
    async write(place, size, pieces) {
      let thrown: { readonly error: unknown } | undefined
      const body = noting(pieces(), (error) => {
        thrown = { error }
      })
      const init = {
        method: "PUT",
        body: size === 0 ? new Uint8Array() : body,
        duplex: "half",
        redirect: "error",
        headers: { "content-length": String(size), "content-type": "application/octet-stream" }
      } as const
      const { response, abort } = await request(place, init, size).catch((error) => {
        throw thrown === undefined ? error : thrown.error
      })
      const answer = response.ok ? undefined : troubleOf(response)
      await response.body?.cancel().catch(() => {})
      abort()
      if (answer !== undefined) throw answer
    },
    close: () => closed.abort()
  }
}

/** What keeps the pieces of a request from coming is told of as it was, not as a broken connection. */
async function* noting(pieces: Pieces, note: (error: unknown) => void): Pieces {
  try {
    yield* pieces
  } catch (error) {
    note(error)
    throw error
  }
}

/** The body of an answer, which has as many bytes as the answer says. */
async function* whole(response: Response, body: ReadableStream<Uint8Array>): Pieces {
  const length = response.headers.get("content-length")
  let done = 0
  try {
    for await (const piece of body) {
      done += piece.length
      yield piece
    }
  } catch (error) {
    throw asTrouble(error)
  }
  if (length !== null && done < Number(length)) throw new Trouble("again", `it ended after ${done} of ${length} bytes`)
}

/** Why a connection failed, in few words: fetch itself says no more than that it did. */
function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string }
  return new Trouble("again", cause?.message || cause?.code || message || "the connection failed")
}
