import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it } from "vitest"
import type { Loss } from "../../src/network/network.ts"
import { inTheDark } from "../../src/report/page/figures.ts"
import { trialsReport } from "../../src/report/trials/page.ts"
import { quickPlan, syntheticReport } from "./fixture.ts"

type Files = Readonly<Record<string, Uint8Array>>

const digest = (files: Files): string => {
  const hash = createHash("sha256")
  for (const [path, bytes] of Object.entries(files)) hash.update(`${path}\n${bytes.length}\n`).update(bytes)
  return hash.digest("hex")
}

const plan = { ...quickPlan, seeds: 7 }
let files: Files
const read = (path: string): string => new TextDecoder().decode(files[path])

beforeAll(async () => {
  files = await trialsReport(syntheticReport(plan))
})

describe("a report's bytes", () => {
  it("are the same for the same input", async () => {
    expect(digest(await trialsReport(syntheticReport(plan)))).toBe(digest(files))
  })

  it("are the same in another time zone, language and process", () => {
    const here = fileURLToPath(new URL(".", import.meta.url))
    const script = `
      import { createHash } from "node:crypto"
      import { trialsReport } from "${here}../../src/report/trials/page.ts"
      import { quickPlan, syntheticReport } from "${here}fixture.ts"
      const hash = createHash("sha256")
      const files = await trialsReport(syntheticReport({ ...quickPlan, seeds: ${plan.seeds} }))
      for (const [path, bytes] of Object.entries(files)) hash.update(path + "\\n" + bytes.length + "\\n").update(bytes)
      console.log(hash.digest("hex"))`
    const env = { ...process.env, TZ: "Pacific/Kiritimati", LANG: "ar_EG.UTF-8", LC_ALL: "ar_EG.UTF-8" }
    const output = execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", script], { env })
    expect(output.toString().trim()).toBe(digest(files))
  })

  it("change with a single score", async () => {
    const report = syntheticReport(plan)
    const [first, ...rest] = report.trials
    const metrics = { ...first.metrics!, validation: { ...first.metrics!.validation, loss: 0.25 } }
    expect(digest(await trialsReport({ ...report, trials: [{ ...first, metrics }, ...rest] }))).not.toBe(digest(files))
  })
})

describe("the loss", () => {
  const pageOf = async (loss: Loss) => {
    const { trials, ...rest } = syntheticReport(plan)
    const page = await trialsReport({ ...rest, trials: trials.map((t) => ({ ...t, network: { ...t.network, loss } })) })
    return Object.values(page).reduce((all, bytes) => all + new TextDecoder().decode(bytes), "")
  }
  const all = () => Object.values(files).reduce((all, bytes) => all + new TextDecoder().decode(bytes), "")

  /** Which of these texts a page has; the page itself would be a long message. */
  const having = (page: string, ...texts: ReadonlyArray<string>) => texts.filter((text) => page.includes(text))

  it("is called what it is, in the unit that it has", async () => {
    const texts = ["ross-entropy", "Cross-entropy in nats.", "(nats)", "±0.02 nats", "(KL, nats)", "(mean square)"]
    const notes = ["KL divergence to a teacher", "Mean square over the classes of logits less what they aim at."]
    expect(having(all(), ...texts, ...notes)).toEqual(texts.slice(0, 4))
    const divergence = having(await pageOf("kl-divergence"), ...texts, ...notes)
    expect(divergence).toEqual(["±0.02 nats", "(KL, nats)", notes[0]])
    const squared = having(await pageOf("squared-error"), ...texts, ...notes, " nats")
    expect(squared).toEqual(["(mean square)", notes[1]])
  })
})

describe("a page of every figure", () => {
  const plan = { layers: [2, 4, 16], filters: [{ layers: 16, filters: 8 }], between: [2, 4], seeds: 6 }
  const { trials, ...rest } = syntheticReport(plan)
  const unchanged = trials.map((t) => ({
    ...t,
    moments: t.moments.map((moment) => ({
      ...moment,
      analysis: moment.analysis && {
        ...moment.analysis,
        exact: moment.analysis.exact.map((order) => (t.network.layers === 2 ? { ...order, share: null } : order))
      }
    }))
  }))

  it("has no colour that is not another in the dark, and no share of what layers do not change", async () => {
    const files = await trialsReport({ ...rest, trials: unchanged })
    const html = new TextDecoder().decode(files["index.html"])
    expect(html).toContain('id="figure-by-depth-digits"')
    const known = new Set([
      ...Object.keys(inTheDark),
      "none",
      "transparent",
      "#888",
      "#56b4e9",
      "#7fb82e",
      "#22a07a",
      "#c2a500"
    ])
    const drawn = [...html.matchAll(/<svg.*?<\/svg>/gs)].flatMap(([svg]) =>
      [...svg.matchAll(/ (?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour)
    )
    expect(new Set(drawn.filter((colour) => !known.has(colour)))).toEqual(new Set())
    const shares = new TextDecoder().decode(files["data/shares-digits-relu.csv"]).split("\n")
    expect(shares.filter((row) => /^digits,3,20,2,/.test(row))).toEqual([])
    expect(shares.filter((row) => /^digits,3,20,4,/.test(row))).toHaveLength(3)
  })
})

describe("the page", () => {
  it("names the trial where one points at it", () => {
    const titles = [...read("index.html").matchAll(/<title>([^<]+)<\/title>/g)].map(([, title]) => title)
    expect(titles.filter((title) => /^(sequential|parallel), layers 4, seed 3: [\d.]+$/.test(title))).toHaveLength(8)
    expect(
      titles.some((title) => /^parallel, 4 layers, 2 filters, kernel 3, relu, mean of \d+ seeds$/.test(title))
    ).toBe(true)
    // Learning curves: where trials end, and what lines are; bars.
    for (const title of [
      /^parallel, 8 layers, 1 filter, kernel 3, relu, seed 3, epoch 20: validation loss [\d.]+$/,
      /^sequential, training: mean of \d seeds$/,
      /^T₁: [\d.]+ %, 16 layers, 1 filter, relu, epoch 20, mean of \d seeds$/
    ])
      expect(titles.filter((one) => title.test(one)).length, String(title)).toBeGreaterThan(0)
  })

  it("loads nothing: no script from elsewhere, no reference to another host, only links to its own files", () => {
    const html = read("index.html")
    expect(html).not.toMatch(/<script[^>]|fetch\(|import\(|XMLHttp|<link|<img|<iframe|@import|url\(/)
    expect(html.replaceAll(/xmlns(:xlink)?="[^"]*"/g, "")).not.toMatch(/https?:|\/\/[a-z]/)
    const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link)
    expect(links.length).toBeGreaterThan(20)
    for (const link of links.filter((l) => !l.startsWith("#"))) expect(Object.keys(files)).toContain(link)
    for (const link of links.filter((l) => l.startsWith("#"))) expect(html).toContain(`id="${link.slice(1)}"`)
  })

  it("has no id twice and a description for every figure", () => {
    const html = read("index.html")
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const drawings = html.match(/<svg [^>]*>/g)!
    for (const svg of drawings) expect(svg).toMatch(/role="img" aria-label="[^"]+"/)
  })

  it("tells the same as Markdown, whose pictures and tables are files of the report", () => {
    const markdown = read("index.md")
    const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link)
    for (const link of links) expect(Object.keys(files)).toContain(link)
    for (const path of Object.keys(files)) {
      if (path.startsWith("data/") || path.startsWith("figures/")) expect(links).toContain(path)
    }
    const headings = [...read("index.html").matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, heading]) => heading)
    expect([...markdown.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(headings)
  })

  it("shows no number in a table that its CSV does not have", () => {
    const tables = [
      ...read("index.html").matchAll(/<(?:div|details) class="table" id="table-([^"]+)">.*?<tbody>(.*?)<\/tbody>/gs)
    ]
    expect(tables.length).toBeGreaterThan(7)
    for (const [, name, body] of tables) {
      const lines = read(`data/${name}.csv`).split("\n").slice(1)
      const rows = [...body.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) => row)
      rows.forEach((row, r) => {
        const exact = lines[r]
          .split(",")
          .filter((field) => field !== "")
          .map(Number)
        for (const [, cell] of row.matchAll(/<td class="number[^"]*">([^<]*)<\/td>/g)) {
          if (cell === "–" || cell.startsWith("&lt;")) continue
          const [shown, unit] = readBack(cell)
          const found = exact.some((x) => Math.abs(x - shown) <= unit || Math.abs(100 * x - shown) <= unit)
          expect(found, `${cell} in row ${r + 1} of ${name}`).toBe(true)
        }
      })
    }
  })

  it("does not mention NaN, undefined or null", () => {
    for (const path of ["index.html", "index.md"]) expect(read(path)).not.toMatch(/\bNaN\b|undefined|\bnull\b|Infinity/)
    for (const path of Object.keys(files)) expect(read(path), path).not.toContain("NaN")
  })

  it("counts trials that diverged or are missing, and leaves them out of the means", () => {
    const { trials } = syntheticReport(plan)
    const diverged = trials.filter((t) => t.metrics?.status === "diverged").length
    const missing = trials.filter((t) => t.metrics === undefined).length
    expect(diverged).toBeGreaterThan(0)
    expect(missing).toBeGreaterThan(0)
    expect(read("index.html")).toContain(`${diverged} diverged and ${missing} failed or are missing`)
    expect(read("data/not-finished.csv").trimEnd().split("\n")).toHaveLength(1 + diverged + missing)
  })

  it("shows a network of one layer, one trial, in both series", () => {
    const rows = read("data/loss-by-layers-digits.csv").trimEnd().split("\n")
    const single = rows.filter((row) => /^digits,3,relu,validation,(sequential|parallel),1,0,/.test(row))
    expect(single).toHaveLength(2)
    expect(single[0].split(",").at(-2)).toBe(single[1].split(",").at(-2))
    expect(read("data/trials.csv")).toContain("digits,sequential = parallel,1,1,")
  })

  it("names the nodes of every trial and the command that shows where they come from", () => {
    expect(read("index.html")).toContain("npx pipeline show train/digits/")
    expect(read("data/trials.csv")).toContain('"expand/digits/layers=2,depth=2,filters=1')
  })
})

/** The value of a shown number and the unit of its last digit. */
function readBack(cell: string): readonly [number, number] {
  const [mantissa, power] = cell.replace("−", "-").replace("+", "").replaceAll(",", "").split("×10⁻")
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹"
  const scale = power === undefined ? 1 : 10 ** -Number([...power].map((d) => digits.indexOf(d)).join(""))
  const decimals = mantissa.split(".")[1]?.length ?? 0
  const unit = decimals > 0 ? 10 ** -decimals : Number(mantissa) % 10 === 0 && Number(mantissa) >= 1000 ? 1000 : 0.5
  return [Number(mantissa) * scale, unit * scale]
}

describe("a report on little or nothing", () => {
  it("is written all the same: no trial, no result, a single trial", async () => {
    const report = syntheticReport(plan)
    const lost = report.trials.slice(0, 3).map((t) => ({ ...t, metrics: undefined, history: undefined, moments: [] }))
    for (const trials of [[], lost, report.trials.slice(0, 1)]) {
      const html = new TextDecoder().decode((await trialsReport({ ...report, assumptions: [], trials }))["index.html"])
      expect(html).toContain("What was run")
      expect(html).not.toMatch(/NaN|undefined|Infinity/)
    }
  })

  it("draws the depths between sequential and parallel as series of their own", async () => {
    const between = await trialsReport(syntheticReport({ ...quickPlan, seeds: 2, between: [2, 4] }))
    expect(new TextDecoder().decode(between["data/loss-by-layers-digits.csv"])).toContain(",validation,depth 4,8,0,")
  })
})
