/** `pipeline graph`: what is made from what, node by node and stage by stage. */
import { expect, test } from "vitest"
import { linesOf, makeProject } from "../support/project.ts"

function drawer() {
  const project = makeProject()
  return async (...flags: ReadonlyArray<string>) => (await project.run(["graph", ...flags])).stdout
}

test("a tree of nodes, and one of stages", async () => {
  const graph = drawer()
  expect(await graph()).toBe(`table/all
├─ count/fox
│  └─ read/fox
└─ count/sea
   └─ read/sea
5 nodes
`)
  expect(await graph("--stages")).toBe(`table
└─ count
   └─ read
3 stages
`)
  expect(await graph("count/fox")).toBe("count/fox\n└─ read/fox\n2 nodes\n")
})

test("the same for programs that draw", async () => {
  const graph = drawer()
  expect(await graph("--stages", "--format", "mermaid")).toBe(`flowchart LR
  n0["read"]
  n1["count"]
  n2["table"]
  n0 --> n1
  n1 --> n2
`)
  expect(await graph("--format", "dot")).toContain('"read/fox" -> "count/fox"')
  const lines = linesOf(await graph("--format", "json"))
  expect(lines).toContainEqual({ type: "vertex", name: "count/sea", stage: "count" })
  expect(lines).toContainEqual({ type: "edge", from: "count/sea", to: "table/all" })
})
