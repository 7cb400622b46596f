/** Downloads, against a server that behaves as badly as servers do. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { DownloadFailed, download } from "../../src/data/download.ts"

const file = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251))

type Handler = (request: IncomingMessage, response: ServerResponse, url: string) => void

/** Serves, and notes what was asked: `GET /path` or `GET /path bytes=100-`. */
async function serve(handle: Handler) {
  const asked: Array<string> = []
  const server = createServer((request, response) => {
    const { range } = request.headers
    asked.push(`GET ${request.url}${range === undefined ? "" : ` ${range}`}`)
    handle(request, response, request.url!)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Sends the file, or the rest of it that was asked for. */
function send({ headers }: IncomingMessage, response: ServerResponse, upTo = file.length) {
  const from = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0)
  if (headers.range !== undefined) {
    response.writeHead(206, {
      "content-range": `bytes ${from}-${file.length - 1}/${file.length}`,
      "content-length": file.length - from
    })
  } else response.writeHead(200, { "content-length": file.length })
  response.write(file.subarray(from, upTo))
  if (upTo >= file.length) response.end()
}

function get(
  urls: ReadonlyArray<string>,
  { left, ...options }: Partial<Parameters<typeof download>[2]> & { readonly left?: Uint8Array } = {}
) {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-download-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const part = join(folder, "part")
  if (left !== undefined) writeFileSync(part, left)
  const unreachable = new Map<string, string>()
  const refuse = (bytes: Uint8Array) => (Buffer.compare(bytes, file) === 0 ? undefined : "expected A, found B")
  const result = download(urls, part, {
    refuse,
    atMost: 1 << 20,
    progress: () => {},
    unreachable,
    pauseMs: 1,
    stallMs: 200,
    ...options
  })
  return { result, part, unreachable }
}
const failure = (result: Promise<unknown>) =>
  result.then(
    () => undefined,
    (error) => error as DownloadFailed
  )

test("a file comes through, redirects are followed, and progress is told", async () => {
  const { base } = await serve((request, response, url) => {
    if (url === "/file") send(request, response)
    else response.writeHead(302, { location: "/file" }).end()
  })
  const seen: Array<readonly [number, number | undefined]> = []
  const { result, part } = get([`${base}/old`], { progress: (done, total) => seen.push([done, total]) })
  expect(Buffer.compare(await result, file)).toBe(0)
  expect(seen[seen.length - 1]).toEqual([file.length, file.length])
  expect(existsSync(part)).toBe(false)
})

test("a connection that breaks goes on where it ended", async () => {
  let times = 0
  const { base, asked } = await serve((request, response) => {
    if (++times > 2) return send(request, response)
    send(request, response, times * 50_000)
    setTimeout(() => response.destroy(), 20)
  })
  expect(Buffer.compare(await get([`${base}/file`]).result, file)).toBe(0)
  expect(asked).toEqual(["GET /file", "GET /file bytes=50000-", "GET /file bytes=100000-"])
})

test("a connection that stalls is given up and tried again", async () => {
  let times = 0
  const { base, asked } = await serve((request, response) => send(request, response, ++times === 1 ? 1000 : undefined))
  expect(Buffer.compare(await get([`${base}/file`]).result, file)).toBe(0)
  expect(asked).toEqual(["GET /file", "GET /file bytes=1000-"])
})

test("one that never answers is left after some attempts, for the next address", async () => {
  const silent = await serve(() => {})
  const good = await serve((request, response) => send(request, response))
  const urls = [`${silent.base}/file`, `${good.base}/file`]
  expect(Buffer.compare(await get(urls, { attempts: 2 }).result, file)).toBe(0)
  expect(silent.asked).toHaveLength(2)
})

test("what an earlier process left is gone on with; a server without ranges starts again", async () => {
  for (const ranges of [true, false]) {
    const { base, asked } = await serve((request, response) => {
      if (!ranges) delete request.headers.range
      send(request, response)
    })
    const { result } = get([`${base}/file`], { left: file.subarray(0, 1234) })
    expect(Buffer.compare(await result, file)).toBe(0)
    expect(asked).toEqual(["GET /file bytes=1234-"])
  }
})

test("a wrong beginning is thrown away and all of it fetched again", async () => {
  const { base, asked } = await serve((request, response) => send(request, response))
  const { result } = get([`${base}/file`], { left: Buffer.alloc(1234) })
  expect(Buffer.compare(await result, file)).toBe(0)
  expect(asked).toEqual(["GET /file bytes=1234-", "GET /file"])
})

test("a wrong file is refused with what was expected and found, and another address asked", async () => {
  const wrong = await serve((_, response) => response.end("<html>moved</html>"))
  const good = await serve((request, response) => send(request, response))
  expect(Buffer.compare(await get([`${wrong.base}/file`, `${good.base}/file`]).result, file)).toBe(0)
  expect(wrong.asked).toHaveLength(1)
  expect((await failure(get([`${wrong.base}/file`]).result))?.reasons).toEqual([
    `${wrong.base}/file: expected A, found B`
  ])
})

test("404 is final, 503 is not; every address's reason is told", async () => {
  let times = 0
  const { base, asked } = await serve((request, response, url) => {
    if (url === "/gone") response.writeHead(404).end()
    else if (++times < 3) response.writeHead(503).end()
    else send(request, response)
  })
  expect(Buffer.compare(await get([`${base}/gone`, `${base}/busy`]).result, file)).toBe(0)
  expect(asked).toEqual(["GET /gone", "GET /busy", "GET /busy", "GET /busy"])
  const error = await failure(get([`${base}/gone`]).result)
  expect(error).toBeInstanceOf(DownloadFailed)
  expect(error?.message).toContain(`${base}/gone: HTTP 404`)
})

test("a host that cannot be reached is remembered", async () => {
  const dead = "http://127.0.0.1:2" // nobody listens there
  const { result, unreachable } = get([`${dead}/a`, `${dead}/b`], { attempts: 2 })
  const reason = "127.0.0.1:2 cannot be reached (ECONNREFUSED)"
  expect((await failure(result))?.reasons).toEqual([reason, reason])
  expect([...unreachable]).toEqual([["127.0.0.1:2", reason]])
})

test("no more bytes are taken than are allowed, whatever is said or sent, and nothing of them is left", async () => {
  const endless = Buffer.alloc(64 << 10)
  const { base, asked } = await serve((_, response, url) => {
    if (url === "/declared") return void response.writeHead(200, { "content-length": 2 ** 40 }).write("x")
    const more = () => void (response.destroyed || response.write(endless, more))
    more()
  })
  const { result, part } = get([`${base}/declared`, `${base}/endless`])
  expect((await failure(result))?.reasons).toEqual([
    `${base}/declared: expected at most 1,048,576 bytes, found 1,099,511,627,776 bytes`,
    expect.stringMatching(/\/endless: expected at most 1,048,576 bytes, found 1,[01]\d\d,\d\d\d bytes/)
  ])
  expect(asked).toHaveLength(2)
  expect(existsSync(part)).toBe(false)
})

test("all tries together have a time, however slowly something comes", async () => {
  const { base } = await serve((_, response) => {
    const drip = setInterval(() => response.write("x"), 20)
    response.on("close", () => clearInterval(drip))
  })
  const begin = performance.now()
  const { result } = get([`${base}/a`, `${base}/b`], { withinMs: 400 })
  expect((await failure(result))?.reasons).toEqual([`${base}/a: it was not there within 0.4 s, all tries together`])
  expect(performance.now() - begin).toBeLessThan(10_000)
})
