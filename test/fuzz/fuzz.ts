/** `npm run fuzz -- --minutes 30 [--seed N]`: gives readers of foreign bytes changed files until the time is up. */
import { parseArgs } from "node:util"
import { random } from "./mutate.ts"
import { targets } from "./targets.ts"
import { tried } from "./try.ts"

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, seed: { type: "string", default: "1" } }
})
const until = performance.now() + Number(values.minutes) * 60_000
let cases = 0
let failed = 0
for (let seed = Number(values.seed); performance.now() < until; seed++) {
  const next = random(seed)
  for (const target of targets) {
    // What zlib leaves behind after an error is given back between the event loop's rounds alone.
    await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 200; i++, cases++) {
      const wrong = await tried(target, undefined, next)
      if (wrong === undefined) continue
      failed++
      console.error(`seed ${seed}, case ${i}: ${wrong}`)
    }
  }
}
console.log(`${cases} cases of ${targets.length} readers, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
