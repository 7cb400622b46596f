/** Examples on the device: images as [count, H, W, C] of pixel / 255. Labels and targets go there with a batch. */

import * as tf from "@tensorflow/tfjs"
import { copyImage, type Images } from "../../data/images.ts"
import type { Network } from "../../network/network.ts"
import type { GivenExamples } from "../engine.ts"
import { targetsOf } from "../targets.ts"

/** Some examples, in some order, of which a part at a time is asked for. */
export interface Chosen {
  readonly count: number
  /** Number `from` … `to` of them: images [B, H, W, C], labels [B], targets [B, M] or none. Inside `tf.tidy`. */
  take(
    from: number,
    to: number
  ): { readonly images: tf.Tensor4D; readonly labels: tf.Tensor1D; readonly targets: tf.Tensor2D | undefined }
}

/** Examples from … to in parts of about one size, as few as `most` (at least one) in each allow. */
export function microBatches(
  from: number,
  to: number,
  most: number
): ReadonlyArray<readonly [from: number, to: number]> {
  const parts = Math.ceil((to - from) / Math.max(1, Math.floor(most)))
  const bound = (part: number) => from + Math.round((part * (to - from)) / parts)
  return Array.from({ length: parts }, (_, part) => [bound(part), bound(part + 1)])
}

/** The data sets of one session: those that fit into `room` bytes stay on the device, others go there batch by batch. */
export function dataSets(network: Network, room: number) {
  const { channels: C, height: H, width: W, classes: M } = network
  const resident = new Map<Images, tf.Tensor4D>()
  const bytesOf = (count: number) => 4 * count * C * H * W
  let used = 0

  const upload = (images: Images, count: number, indexOf: (i: number) => number): tf.Tensor4D => {
    const pixels = new Float32Array(count * H * W * C)
    const one = new Uint8Array(C * H * W)
    let at = 0
    for (let i = 0; i < count; i++) {
      copyImage(images, indexOf(i), one.length, one, 0)
      for (let place = 0; place < H * W; place++) {
        for (let c = 0; c < C; c++) pixels[at++] = one[c * H * W + place] / 255
      }
    }
    return tf.tensor4d(pixels, [count, H, W, C])
  }

  const residentOf = ({ images, count }: GivenExamples): tf.Tensor4D | undefined => {
    const known = resident.get(images)
    if (known !== undefined || used + bytesOf(count) > room) return known
    used += bytesOf(count)
    const uploaded = upload(images, count, (i) => i)
    resident.set(images, uploaded)
    return uploaded
  }

  return {
    /** The chosen examples, all if none are named. Outside of `tf.tidy`. */
    choose(examples: GivenExamples, indices?: Uint32Array): Chosen {
      const all = residentOf(examples)
      const copyTargets = targetsOf(network, examples)
      const indexOf = (i: number) => (indices === undefined ? i : indices[i])
      const imagesOf = (from: number, count: number): tf.Tensor4D => {
        if (all === undefined) return upload(examples.images, count, (i) => indexOf(from + i))
        if (indices === undefined) return tf.slice4d(all, [from, 0, 0, 0], [count, H, W, C])
        // Indices come from here: tfjs-node reads them, and would wait for the device if they came from there.
        return tf.gather(all, tf.tensor1d(Int32Array.from(indices.subarray(from, from + count)), "int32"))
      }
      return {
        count: indices?.length ?? examples.count,
        take(from, to) {
          const labels = Int32Array.from({ length: to - from }, (_, i) => examples.labels[indexOf(from + i)])
          const targets = new Float32Array(copyTargets === undefined ? 0 : (to - from) * M)
          for (let i = from; i < to; i++) copyTargets?.(indexOf(i), targets, (i - from) * M)
          return {
            images: imagesOf(from, to - from),
            labels: tf.tensor1d(labels, "int32"),
            targets: copyTargets && tf.tensor2d(targets, [to - from, M])
          }
        }
      }
    },
    /** Bytes of the data sets that are there. */
    bytes: () => used,
    dispose() {
      for (const images of resident.values()) images.dispose()
      resident.clear()
      used = 0
    }
  }
}
