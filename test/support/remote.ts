/** A server of a shared cache (GET, HEAD, PUT of files in memory) that is made to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

/** What a server may do instead of its work. */
export type Fault =
  | "drop" // the connection ends without an answer
  | "break" // half of the answer, then the connection ends
  | "short" // half of the answer, as if it were all
  | "wrong" // as many other bytes
  | "hang" // never an answer
  | "drip" // an answer that does not come on
  | "forget" // 404
  | 401
  | 403
  | 500
  | 507

export interface RemoteServer {
  readonly url: string
  /** `ac/KEY` and `cas/DIGEST`, with their bytes. */
  readonly files: Map<string, Buffer>
  /** `GET ac/…`, in the order in which they came. */
  readonly asked: Array<string>
  /** Values of the header `authorization` that came. */
  readonly credentials: Set<string | undefined>
  /** What happens to a request; nothing: it is answered. */
  fault: (method: string, path: string) => Fault | undefined
}

export async function serveRemote(): Promise<RemoteServer> {
  const files = new Map<string, Buffer>()
  const asked: Array<string> = []
  const credentials = new Set<string | undefined>()
  const server = createServer(async (request, response): Promise<unknown> => {
    const { method = "", url = "", headers } = request
    const path = url.replace(/^\/cache\//, "")
    asked.push(`${method} ${path}`)
    credentials.add(headers.authorization)
    const fault = remote.fault(method, path)
    if (fault !== undefined && fault !== "wrong" && fault !== "short" && fault !== "break" && fault !== "drip")
      return misbehave(fault, request, response)
    if (method === "PUT") {
      const body = await bodyOf(request)
      if (body === undefined) return undefined
      files.set(path, damaged(fault, body))
      return response.writeHead(201).end()
    }
    const bytes = files.get(path)
    if (bytes === undefined) return response.writeHead(404).end("not found")
    if (method === "HEAD") return response.writeHead(200, { "content-length": bytes.length }).end()
    if (fault !== "break" && fault !== "drip") {
      const body = damaged(fault, bytes)
      return response.writeHead(200, { "content-length": body.length }).end(body)
    }
    response.writeHead(200, { "content-length": bytes.length })
    response.write(bytes.subarray(0, bytes.length >> 1))
    return fault === "break" && setTimeout(() => request.socket.destroy(), 5)
  })
  server.on("clientError", (_, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const remote: RemoteServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cache`,
    files,
    asked,
    credentials,
    fault: () => undefined
  }
  return remote
}

function misbehave(fault: Fault, request: IncomingMessage, response: ServerResponse) {
  if (fault === "hang") return undefined
  if (fault === "drop") return request.socket.destroy()
  request.resume()
  return response.writeHead(fault === "forget" ? 404 : Number(fault)).end()
}

/** Undefined where the connection ended before all had come. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Array<Buffer> = []
  try {
    for await (const piece of request) pieces.push(piece as Buffer)
  } catch {
    return undefined
  }
  return Buffer.concat(pieces)
}

function damaged(fault: Fault | undefined, bytes: Buffer): Buffer {
  if (fault === "short") return bytes.subarray(0, bytes.length >> 1)
  if (fault !== "wrong") return bytes
  const other = Buffer.from(bytes)
  if (other.length > 0) other[other.length >> 1] ^= 1
  return other
}
