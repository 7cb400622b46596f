/** A cluster whose time is simulated (test/bench/cluster.ts): claims and store are real, workers die. */
import { expect, test } from "vitest"
import { simulate } from "../bench/cluster.ts"
import { folderOf } from "../support/folder.ts"

test("every node ends, once but for what the dead had begun, and the file system is asked a few times for each", async () => {
  const { nodes, deaths, twice, requests, store } = await simulate(folderOf({}), 20, 160, 0.3)
  expect(deaths).toBeGreaterThan(0)
  expect(twice).toBeLessThanOrEqual(deaths)
  expect(store.put).toBe(2 * nodes)
  expect(requests.made).toBeLessThan(6 * nodes)
  expect(requests.listed).toBeLessThan(10 * 20)
})
