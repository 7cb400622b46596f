/** Examples on the device: images as [count, H, W, C] of pixel / 255, labels as int32 [count]. */
import * as tf from "@tensorflow/tfjs"
import type { Network } from "../../network/network.ts"
import type { Examples } from "../engine.ts"

/** Some examples, in some order, of which a part at a time is asked for. */
export interface Chosen {
  readonly count: number
  /** Number `from` … `to` of them: images [B, H, W, C], labels [B]. Inside `tf.tidy`. */
  take(from: number, to: number): { readonly images: tf.Tensor4D; readonly labels: tf.Tensor1D }
  dispose(): void
}

interface Resident {
  readonly images: tf.Tensor4D
  readonly labels: tf.Tensor1D
}

/** The data sets of one session: those that fit into `room` bytes stay on the device, others go there batch by batch. */
export function dataSets({ channels: C, height: H, width: W }: Network, room: number) {
  const resident = new Map<Uint8Array, Resident>()
  const bytesOf = (count: number) => 4 * count * (C * H * W + 1)
  let used = 0

  const upload = (
    { images, labels }: Examples,
    indices: Uint32Array | undefined,
    from: number,
    to: number
  ): Resident => {
    const pixels = new Float32Array((to - from) * H * W * C)
    const classes = new Int32Array(to - from)
    let at = 0
    for (let i = from; i < to; i++) {
      const index = indices === undefined ? i : indices[i]
      const image = index * C * H * W
      for (let place = 0; place < H * W; place++) {
        for (let c = 0; c < C; c++) pixels[at++] = images[image + c * H * W + place] / 255
      }
      classes[i - from] = labels[index]
    }
    return { images: tf.tensor4d(pixels, [to - from, H, W, C]), labels: tf.tensor1d(classes, "int32") }
  }

  const residentOf = (examples: Examples): Resident | undefined => {
    const known = resident.get(examples.images)
    if (known !== undefined || used + bytesOf(examples.count) > room) return known
    used += bytesOf(examples.count)
    const uploaded = upload(examples, undefined, 0, examples.count)
    resident.set(examples.images, uploaded)
    return uploaded
  }

  return {
    /** The chosen examples, all if none are named. Outside of `tf.tidy`. */
    choose(examples: Examples, indices?: Uint32Array): Chosen {
      const count = indices?.length ?? examples.count
      const all = residentOf(examples)
      if (all === undefined) {
        return { count, take: (from, to) => upload(examples, indices, from, to), dispose: () => {} }
      }
      const order = indices && tf.tensor1d(Int32Array.from(indices), "int32")
      return {
        count,
        take(from, to) {
          const size = to - from
          if (order === undefined)
            return {
              images: tf.slice4d(all.images, [from, 0, 0, 0], [size, H, W, C]),
              labels: tf.slice1d(all.labels, from, size)
            }
          const part = tf.slice1d(order, from, size)
          return { images: tf.gather(all.images, part), labels: tf.gather(all.labels, part) }
        },
        dispose: () => order?.dispose()
      }
    },
    /** Bytes of the data sets that are there. */
    bytes: () => used,
    dispose() {
      for (const { images, labels } of resident.values()) tf.dispose([images, labels])
      resident.clear()
      used = 0
    }
  }
}
