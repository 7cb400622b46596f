/** What patterns mean among folders that lie: links that lead round, folders and pipes named like images. */
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import glob from "fast-glob"
import { expect, test } from "vitest"
import { matching } from "../../src/run/matching.ts"
import { folderOf } from "../support/folder.ts"

const bytes = new Uint8Array(1)
const found = (project: string) => matching(project, ["set/**/*.png"], glob.sync)

test("folders and pipes named like images, and links to nothing, are no images; links to images and folders are followed", () => {
  const project = folderOf({ "set/a/x.png": bytes, "set/folder.png/y.png": bytes, "elsewhere/b/z.png": bytes })
  execFileSync("mkfifo", [join(project, "set/a/pipe.png")])
  symlinkSync("gone.png", join(project, "set/a/broken.png"))
  symlinkSync("x.png", join(project, "set/a/link.png"))
  symlinkSync(join(project, "elsewhere/b"), join(project, "set/b"))
  // A folder under two names is no loop.
  symlinkSync("a", join(project, "set/c"))
  expect(found(project)).toEqual([
    "set/a/link.png",
    "set/a/x.png",
    "set/b/z.png",
    "set/c/link.png",
    "set/c/x.png",
    "set/folder.png/y.png"
  ])
  expect(matching(project, ["set/x\\*.png"], undefined)).toEqual(["set/x*.png"])
})

test("links that lead back are told of, not followed without an end", () => {
  for (const target of ["..", "../..", ".", "../../set"]) {
    const project = folderOf({ "set/a/x.png": bytes })
    mkdirSync(join(project, "set/b"))
    // Two of them would double what is found at every step.
    for (const name of ["a/back", "b/back"]) symlinkSync(target, join(project, "set", name))
    expect(() => found(project), target).toThrow(
      /^the file set\/[ab]\/back cannot be read: it is a link that leads back to .*; take the link out$/
    )
  }
})
