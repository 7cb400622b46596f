/** Who may import whom, checked on the real imports. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { expect, test } from "vitest"
import { repository } from "./support/project.ts"

/** From the ground up: a room may import from its own storey (itself) and those below. */
const STOREYS = [
  ["src/graph", "src/data", "src/network"],
  ["src/cache", "src/engine", "src/optimize"],
  ["src/run", "src/analysis", "src/report"],
  ["pipeline"],
  ["src/cli"]
]
/** These would serve any pipeline. */
const GENERAL = ["src/graph", "src/cache", "src/run"]

const files = ["src", "pipeline"].flatMap((top) =>
  (readdirSync(join(repository, top), { recursive: true }) as Array<string>)
    .filter(
      (file) =>
        /\.(ts|js|mjs)$/.test(file) && !file.includes("engine/wasm/kernels") && !file.includes("engine/wasm/build/")
    )
    .map((file) => join(top, file))
)

const importsOf = (file: string): ReadonlyArray<string> =>
  [...readFileSync(join(repository, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
    relative(repository, resolve(repository, dirname(file), match[1]))
  )

const roomOf = (file: string) => STOREYS.flat().find((room) => file.startsWith(`${room}/`))
const storeyOf = (room: string) => STOREYS.findIndex((rooms) => rooms.includes(room))

test("every file stands in a room of the house", () => {
  expect(files.length).toBeGreaterThan(50)
  expect(files.filter((file) => roomOf(file) === undefined)).toEqual([])
})

test("imports go down, never up", () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file)!
    return importsOf(file)
      .filter((target) => {
        const to = roomOf(target)
        if (to === undefined || to === room) return false
        return storeyOf(to) > storeyOf(room)
      })
      .map((target) => `${file} imports ${target}`)
  })
  expect(wrong).toEqual([])
})

test("graph, cache and run know nothing of networks", () => {
  const wrong = files
    .filter((file) => GENERAL.includes(roomOf(file)!))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => !GENERAL.includes(roomOf(target)!))
        .map((target) => `${file} imports ${target}`)
    )
  expect(wrong).toEqual([])
})

test("compute modules reach no Effect", () => {
  const seen = new Set<string>()
  const wrong: Array<string> = []
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(join(repository, file), "utf8")
    for (const [line] of text.matchAll(/^import (?!type ).*from "(effect|@effect)\/?[^"]*"/gm))
      wrong.push(`${file}: ${line}`)
    for (const [, type, target] of text.matchAll(/^(?:import|export) (type )?[^"]*?from "(\.[^"]+)"/gms)) {
      if (type === undefined && /\.ts$/.test(target))
        visit(relative(repository, resolve(repository, dirname(file), target)))
    }
  }
  files.filter((file) => file.startsWith("pipeline/stages/compute/")).forEach(visit)
  expect(wrong).toEqual([])
})
