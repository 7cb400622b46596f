/** Whatever the bytes, readers give what they promise or their own error. `npm run fuzz` tries more of them. */
import { expect, test } from "vitest"
import { random } from "./mutate.ts"
import { targets } from "./targets.ts"
import { tried } from "./try.ts"

const CASES = 1500

test.each(targets.map((target) => [target.name, target] as const))("%s", async (_, target) => {
  for (const file of target.files) expect(await tried(target, Buffer.from(file))).toBeUndefined()
  const next = random(1)
  for (let i = 0; i < CASES; i++) expect(await tried(target, undefined, next)).toBeUndefined()
})
