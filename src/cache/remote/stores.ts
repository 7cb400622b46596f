/** A shared cache as a blob store and a trace store: what stands there is judged here, whoever wrote it. */
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Artifact } from "../../graph/trace.ts"
import type { BlobStore } from "../blob-store.ts"
import { BlobDamaged } from "../blobs.ts"
import { StoreFailed } from "../errors.ts"
import type { TraceStore } from "../trace-store.ts"
import { type Entry, type Parts, readEntry, writeEntry } from "./entry.ts"
import type { Signer } from "./signing.ts"
import { type Pieces, type Place, pathOf, type Transport, Trouble } from "./transport.ts"

/** Rejects with what a transport says of itself; anything else is a defect. */
const asking = <A>(transport: Transport, ask: () => Promise<A>): Effect.Effect<A, StoreFailed> =>
  Effect.tryPromise({ try: ask, catch: (error) => failure(transport, error) })

const failure = ({ name }: Transport, error: unknown) =>
  new StoreFailed({ place: name, problem: error instanceof Error ? error.message : String(error) })

/** Blobs of a shared cache: files `cas/DIGEST`. */
export function remoteBlobs(transport: Transport): BlobStore {
  const at = (digest: string): Place => ({ kind: "cas", name: digest })
  const placeOf = (digest: string) => `${transport.name}/${pathOf(at(digest))}`
  return {
    place: transport.name,
    has: (digest) => asking(transport, async () => (await transport.size(at(digest))) !== undefined),
    get: (artifact) =>
      asking(transport, () => transport.read(at(artifact.digest))).pipe(
        Effect.flatMap((pieces) =>
          pieces === undefined
            ? Effect.fail(new BlobDamaged(artifact.digest, placeOf(artifact.digest), "is gone"))
            : Effect.succeed(
                Stream.fromAsyncIterable(verified(pieces, artifact, placeOf(artifact.digest)), (error) =>
                  error instanceof BlobDamaged ? error : failure(transport, error)
                )
              )
        ),
        Stream.unwrap
      ),
    put: <E>(artifact: Artifact, bytes: Stream.Stream<Uint8Array, E>) =>
      Effect.suspend(() => {
        let thrown: E | undefined
        const noted = Stream.tapError(bytes, (error) =>
          Effect.sync(() => {
            thrown = error
          })
        )
        const pieces = () => verified(Stream.toAsyncIterable(noted), artifact, placeOf(artifact.digest))
        return Effect.tryPromise({
          try: () => transport.write(at(artifact.digest), artifact.size, pieces),
          catch: (error) => thrown ?? (error instanceof BlobDamaged ? error : failure(transport, error))
        })
      })
  }
}

/** Pieces that together are the artifact; throws `BlobDamaged` as soon as they cannot be. */
async function* verified(pieces: Pieces, { digest, size }: Artifact, place: string): Pieces {
  const hash = createHash("sha256")
  const wrong = (problem: string) => new BlobDamaged(digest, place, `is damaged (${problem})`)
  let done = 0
  for await (const piece of pieces) {
    done += piece.length
    if (done > size) throw wrong(`it has more than its ${size} bytes`)
    hash.update(piece)
    // The last piece is given away only when it is known to be right.
    if (done === size) checkDigest(hash.digest("hex"))
    yield piece
  }
  if (done < size) throw wrong(`it has ${done} of its ${size} bytes`)
  if (size === 0) checkDigest(hash.digest("hex"))

  function checkDigest(found: string) {
    if (found !== digest) throw wrong(`its bytes have the digest ${found.slice(0, 12)}…`)
  }
}

export interface TraceOptions {
  readonly signer: Signer | undefined
  /** Public keys; if there are any, only what one of them has signed counts. */
  readonly trusted: ReadonlyArray<string>
  /** What a code digest consists of goes along with the traces that name it. */
  readonly codes: { readonly of: (digest: string) => Parts | undefined; readonly note: (entry: Entry) => void }
  /** Told of what stands under a key and does not count. */
  readonly wrong: (problem: string) => void
}

/** No trace is larger: one over a hundred thousand results has some ten megabytes. */
const MOST_BYTES = 1 << 26

/** Traces of a shared cache: files `ac/KEY`. */
export function remoteTraces(transport: Transport, { signer, trusted, codes, wrong }: TraceOptions): TraceStore {
  const at = (key: string): Place => ({ kind: "ac", name: key })
  /** Keys under which something stands that does not count: it is replaced. */
  const spoilt = new Set<string>()
  const judge = (bytes: Buffer, key: string) => {
    const entry = readEntry(bytes, key, trusted)
    if (typeof entry !== "string") {
      spoilt.delete(key)
      codes.note(entry)
      return entry.record
    }
    spoilt.add(key)
    wrong(`${pathOf(at(key))}: ${entry}`)
    return undefined
  }
  return {
    place: transport.name,
    get: (key) =>
      asking(transport, async () => {
        const pieces = await transport.read(at(key))
        return pieces && judge(await allOf(pieces, pathOf(at(key))), key)
      }),
    put: (records) =>
      Effect.forEach(
        records,
        (record) =>
          asking(transport, async () => {
            const { trace, replaces } = record
            const place = at(trace.key)
            if (replaces !== true && !spoilt.has(trace.key) && (await transport.size(place)) !== undefined) return
            const bytes = writeEntry({ record, code: codes.of(trace.code) ?? {} }, signer)
            await transport.write(place, bytes.length, () => once(bytes))
            spoilt.delete(trace.key)
          }),
        { discard: true }
      )
  }
}

async function* once(bytes: Uint8Array): Pieces {
  yield bytes
}

async function allOf(pieces: Pieces, place: string): Promise<Buffer> {
  const all: Array<Uint8Array> = []
  let done = 0
  for await (const piece of pieces) {
    done += piece.length
    if (done > MOST_BYTES) throw new Trouble("large", `${place} has more than ${MOST_BYTES} bytes`)
    all.push(piece)
  }
  return Buffer.concat(all)
}
