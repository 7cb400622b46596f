/** What the Tab key offers in bash, for `pipeline` and for `npx pipeline`. */
import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { ENGINES } from "../../src/engine/engines.ts"
import { makeProject } from "../support/project.ts"

test("commands, flags, engines, settings, studies, stages and nodes are offered, in both forms", async () => {
  const project = makeProject()
  project.write("completions", (await project.run(["--completions", "bash"])).stdout)
  const offered = (line: string) => {
    const ask = `source completions; COMP_LINE='${line}'; COMP_POINT=${line.length}; _pipeline; printf '%s|' "\${COMPREPLY[@]}"`
    return execFileSync("bash", ["-c", ask], { cwd: project.root, encoding: "utf8" }).split("|").slice(0, -1)
  }
  expect(offered("pipeline pl")).toEqual(["plan "])
  expect(offered("npx pipeline pl")).toEqual(["plan "])
  expect(offered("npx other pl")).toEqual([""])
  expect(offered("pipeline cache ver")).toEqual(["verify "])
  expect(offered("pipeline run --max")).toEqual(["--max-failures "])
  expect(offered("pipeline run --engine ")).toEqual([...ENGINES, "auto"].map((name) => `${name} `))
  expect(offered("pipeline run words --set le")).toEqual(["letters="])
  expect(offered("pipeline run w")).toEqual(["words "])
  expect(offered("pipeline why c")).toEqual(["count/"])
  expect(offered("pipeline why count/f")).toEqual(["count/fox"])
  // Fish is told no spaces: it puts them itself.
  const fish = (await project.run(["--completions", "fish"])).stdout
  for (const command of ["pipeline", "npx"])
    expect(fish).toMatch(new RegExp(`^complete -c ${command} .*__pipeline`, "m"))
  project.remove("pipeline/pipeline.ts")
  expect(offered("pipeline run w")).toEqual([""])
})
