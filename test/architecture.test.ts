/** Who may import whom, checked on the real imports. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { expect, test } from "vitest"
import { engineModules, repository } from "./support/project.ts"

/** From the ground up: a room may import from its own storey (itself) and those below. */
const STOREYS = [
  ["src/foreign", "src/install", "src/start"],
  ["src/graph", "src/data", "src/network", "src/statistics"],
  ["src/results", "src/cache", "src/engine"],
  ["src/optimize", "src/analysis", "src/run"],
  ["src/cluster"],
  ["src/view", "src/report"],
  ["pipeline"],
  ["src/cli"]
]
/** These would serve any pipeline. */
const GENERAL = ["src/start", "src/foreign", "src/graph", "src/cache", "src/run", "src/cluster"]

/** The public side: what the house shows to pipelines about something else. */
const DOOR = "src/index.ts"

const files = ["src", "pipeline"].flatMap((top) =>
  (readdirSync(join(repository, top), { recursive: true }) as Array<string>)
    .filter(
      (file) =>
        /\.(ts|js|mjs)$/.test(file) && !file.includes("engine/wasm/kernels") && !file.includes("engine/wasm/build/")
    )
    .map((file) => join(top, file))
    .filter((file) => file !== DOOR)
)

/** Templates of files are texts that hold imports of their own; those of the module itself come first. */
const codeOf = (file: string): string => {
  const text = readFileSync(join(repository, file), "utf8")
  return file.startsWith("src/cli/templates/") ? text.split(/^(?:export|const|function) /m)[0] : text
}
const importsOf = (file: string): ReadonlyArray<string> =>
  [...codeOf(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
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

test("the public side shows what is general, and nothing in the house goes through it", () => {
  const shown = importsOf(DOOR)
  expect(shown.length).toBeGreaterThan(3)
  expect(shown.filter((file) => !GENERAL.some((room) => file.startsWith(`${room}/`)))).toEqual([])
  expect(files.filter((file) => importsOf(file).includes(DOOR))).toEqual([])
})

/** The first circle found, as a path that ends where it begins. Iterative depth first: no limit on the number of files. */
function circleIn(edges: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> | undefined {
  const done = new Set<string>()
  for (const start of edges.keys()) {
    const path = [{ name: start, next: 0 }]
    while (path.length > 0) {
      const top = path[path.length - 1]
      const to = done.has(top.name) ? undefined : edges.get(top.name)?.[top.next++]
      if (to === undefined) done.add(path.pop()!.name)
      else if (path.some(({ name }) => name === to))
        return [...path.slice(path.findIndex(({ name }) => name === to)).map(({ name }) => name), to]
      else path.push({ name: to, next: 0 })
    }
  }
  return undefined
}

test("no circle between rooms, on one storey either, nor between files", () => {
  // The rooms of pipeline/ are rooms too.
  const part = (file: string) => file.split("/").slice(0, 2).join("/")
  const rooms = new Map<string, Array<string>>()
  for (const file of files) {
    const others = importsOf(file).map(part)
    rooms.set(part(file), [...(rooms.get(part(file)) ?? []), ...others.filter((room) => room !== part(file))])
  }
  expect(circleIn(rooms)).toBeUndefined()
  expect(circleIn(new Map(files.map((file) => [file, importsOf(file)])))).toBeUndefined()
})

test("a circle is found wherever it is", () => {
  const edges = (text: string) => new Map(text.split(" ").map((line) => [line[0], [...line.slice(1)]]))
  expect(circleIn(edges("abc bc c"))).toBeUndefined()
  expect(circleIn(edges("abc bd cd dbe e"))).toEqual(["b", "d", "b"])
  expect(circleIn(edges("a bc cb"))).toEqual(["b", "c", "b"])
  expect(circleIn(edges("aa"))).toEqual(["a", "a"])
})

/** Rooms of the reports, from the ground up: what pages are made of, what trials say, pictures of it, each report. */
const REPORTS = [
  ["page"],
  ["evidence"],
  ["figures", "expansion"],
  ["depth"],
  [
    "trials",
    "paper",
    "sampled",
    "optimizers",
    "datasets",
    "overfitting",
    "lesion",
    "mechanisms",
    "ablation",
    "findings",
    "data"
  ]
]

test("reports are rooms that build upon one another, none on its neighbour", () => {
  const roomIn = (file: string) => /^src\/report\/([^/]+)\//.exec(file)?.[1]
  const storey = (room: string) => REPORTS.findIndex((rooms) => rooms.includes(room))
  const own = files.filter((file) => file.startsWith("src/report/"))
  expect(own.filter((file) => !REPORTS.flat().includes(roomIn(file) ?? ""))).toEqual([])
  const between = new Map<string, Set<string>>()
  for (const file of own) {
    const room = roomIn(file)!
    for (const target of importsOf(file)) {
      const to = roomIn(target)
      if (to === undefined || to === room) continue
      between.set(room, (between.get(room) ?? new Set()).add(to))
      expect(storey(to), `${file} imports ${target}`).toBeLessThan(storey(room))
    }
  }
  // What reports share stays simple, and each report builds upon few rooms, however many reports there are.
  const shared = REPORTS.slice(0, -1).flat()
  expect(shared.reduce((sum, room) => sum + (between.get(room)?.size ?? 0), 0)).toBeLessThanOrEqual(8)
  for (const report of REPORTS.at(-1) ?? []) expect(between.get(report)?.size ?? 0, report).toBeLessThanOrEqual(5)
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

/** Files that the compute modules reach through imports that are not of types alone. */
function reachedByCompute(): ReadonlySet<string> {
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(join(repository, file), "utf8")
    for (const [, type, target] of text.matchAll(/^(?:import|export) (type )?[^"]*?from "(\.[^"]+)"/gms)) {
      if (type === undefined && /\.ts$/.test(target))
        visit(relative(repository, resolve(repository, dirname(file), target)))
    }
  }
  files.filter((file) => file.startsWith("pipeline/stages/compute/")).forEach(visit)
  for (const module of engineModules) visit(relative(repository, module))
  return seen
}

test("compute modules reach no Effect", () => {
  const wrong = [...reachedByCompute()].flatMap((file) => {
    const text = readFileSync(join(repository, file), "utf8")
    return [...text.matchAll(/^import (?!type ).*from "(effect|@effect)\/?[^"]*"/gm)].map(
      ([line]) => `${file}: ${line}`
    )
  })
  expect(wrong).toEqual([])
})

test("what compute modules read, their stage declares: no variable of the environment", () => {
  const reading = [...reachedByCompute()].filter((file) =>
    /\bprocess\s*(\??\.|\[)\s*["']?env\b|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(
      readFileSync(join(repository, file), "utf8")
    )
  )
  // How TensorFlow is found; none of it is what fetches, trains or analyses.
  expect(reading.filter((file) => !file.startsWith("src/engine/tfjs/"))).toEqual([])
})
