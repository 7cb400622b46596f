/** Published files: found in any usual layout, told by their digests, and one clear message where they are not. */
import { hash } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { expect, onTestFinished, test } from "vitest"
import { acquire, type Places, type PublishedFiles } from "../../src/data/published.ts"
import { endBlocks, entryBlocks } from "../../src/foreign/tar.ts"
import { folderOf } from "../support/folder.ts"

const images = Buffer.from("the images")
const labels = Buffer.from("the labels")
const md5 = (bytes: Uint8Array) => `md5:${hash("md5", bytes, "hex")}`
const tar = gzipSync(
  Buffer.concat([
    ...entryBlocks({ name: "set-bin/images.bin", bytes: images }),
    ...entryBlocks({ name: "set-bin/labels.bin", bytes: labels }),
    endBlocks()
  ])
)
const wanted: PublishedFiles = {
  files: { "images.bin": md5(images), "labels.bin": md5(labels) },
  archives: [{ name: "set.tar.gz", digest: md5(tar), holds: ["images.bin", "labels.bin"] }]
}
const nowhere: Places = { folders: ["set", "set-bin"], addresses: {} }

function get(mirror: string | undefined, places = nowhere, what = wanted) {
  const parts = folderOf({})
  const options = { atMost: 1 << 20, mirror, part: (name: string) => join(parts, name), progress: () => {} }
  return acquire("set", what, places, { ...options, network: { attempts: 1, pauseMs: 1 } })
}
const all = { "images.bin": images, "labels.bin": labels }

test.each([
  ["plain, in the folder itself", { "images.bin": images, "labels.bin": labels }],
  ["in the set's folder, one of them gzipped", { "set/images.bin": images, "set/labels.bin.gz": gzipSync(labels) }],
  ["in several of its folders", { "set/images.bin": images, "set-bin/labels.bin": labels }],
  ["in the authors' archive", { "set/set.tar.gz": tar }],
  [
    "in an archive packed by somebody else",
    { "set.tar.gz": gzipSync(Buffer.concat([gunzipSync(tar), Buffer.alloc(512)])) }
  ]
])("a mirror is found %s", async (_, files) => {
  const found = await get(folderOf(files as Record<string, Uint8Array>))
  expect(Object.fromEntries(Object.entries(found).map(([name, bytes]) => [name, Buffer.from(bytes)]))).toEqual(all)
})

test("a file of the same name with other content is passed over", async () => {
  const mirror = folderOf({ "images.bin": labels, "set/images.bin": images, "labels.bin": labels })
  expect(Buffer.from((await get(mirror))["images.bin"])).toEqual(images)
})

test("offline and no mirror: which files, from where, where to put them", async () => {
  const places = { ...nowhere, addresses: { "set.tar.gz": ["http://127.0.0.1:2/set.tar.gz"] } }
  await expect(get(undefined, places)).rejects.toThrow(
    /^set: expected the files set\.tar\.gz, or unpacked, images\.bin, labels\.bin, found none of them in the folder that --data-dir or PIPELINE_DATA_DIR names; 127\.0\.0\.1:2 cannot be reached \(ECONNREFUSED\); put them into DIR\/set and name DIR with --data-dir or PIPELINE_DATA_DIR \(from http:\/\/127\.0\.0\.1:2\/set\.tar\.gz\), then run again$/
  )
  // Of many archives, hosts and folders are named once.
  const two = {
    files: {},
    archives: ["images.gz", "labels.gz"].map((archive) => ({ name: archive, digest: md5(tar), holds: [archive] }))
  }
  const files = { ...two, files: { "images.gz": md5(images), "labels.gz": md5(labels) } }
  const addresses = Object.fromEntries(two.archives.map(({ name }) => [name, [`http://127.0.0.1:2/sets/${name}`]]))
  await expect(get(undefined, { ...nowhere, addresses }, files)).rejects.toThrow(
    /images\.gz, labels\.gz, .*names; 127\.0\.0\.1:2 cannot be reached \(ECONNREFUSED\); put them .* \(from http:\/\/127\.0\.0\.1:2\/sets\/\), then/
  )
  const mirror = folderOf({ "images.bin": labels })
  await expect(get(mirror)).rejects.toThrow(
    `${mirror}/images.bin: expected the MD5 ${md5(images).slice(4)}, found ${md5(labels).slice(4)}; put them into ${mirror}/set`
  )
})

test("only a whole archive serves where the files' own digests are not known", async () => {
  const archiveOnly = { ...wanted, files: { "images.bin": null, "labels.bin": null } }
  await expect(get(folderOf(all), nowhere, archiveOnly)).rejects.toThrow(
    "set: expected the files set.tar.gz, found none"
  )
  const repacked = gzipSync(Buffer.concat([gunzipSync(tar), Buffer.alloc(512)]))
  await expect(get(folderOf({ "set.tar.gz": repacked }), nowhere, archiveOnly)).rejects.toThrow("expected the MD5")
  expect(Object.keys(await get(folderOf({ "set.tar.gz": tar }), nowhere, archiveOnly))).toEqual(Object.keys(all))
})

test("what the mirror lacks comes from the network, and a wrong file from there is refused", async () => {
  let sent: Uint8Array = tar
  const server = createServer((_, response) => response.end(sent))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/set.tar.gz`
  const places = { ...nowhere, addresses: { "set.tar.gz": [url] } }
  expect(Object.keys(await get(folderOf({ "images.bin": images }), places)).sort()).toEqual(Object.keys(all))
  sent = Buffer.from("<html>sign in</html>")
  await expect(get(undefined, places)).rejects.toThrow(
    `${url}: expected the MD5 ${md5(tar).slice(4)}, found ${md5(sent).slice(4)}`
  )
})
