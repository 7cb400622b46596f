/** Machines that are reached by ssh; here a command of that name runs what it is given on this one. */
import { chmodSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { runsIn } from "../../src/cli/runs.ts"
import { readWorkers } from "../../src/cluster/workers.ts"
import { ALONE, end, makeProject, until } from "../support/project.ts"

/** Each host has a folder of its own for what is its own. */
const SSH = `#!/bin/sh
while [ "$1" != -- ]; do shift; done
[ "$2" = gone ] && { echo "ssh: connect to host gone port 22: No route to host" >&2; exit 255; }
mkdir -p "$HOSTS/$2"
TMPDIR=$HOSTS/$2 exec sh -c "$3"
`

test("workers on two machines share a study; what was done before they begin is not done again", async () => {
  const project = makeProject({ pipeline: "fleet", ...ALONE })
  project.write("bin/ssh", SSH)
  chmodSync(project.path("bin/ssh"), 0o755)
  mkdirSync(project.path("hosts"))
  const env = {
    PATH: `${project.path("bin")}:${process.env.PATH}`,
    HOSTS: project.path("hosts"),
    TEST_LOG: project.path("log"),
    PIPELINE_LEASE_SECONDS: "3"
  }
  const store = project.path("store")
  const settings = ["--set", "trials=12", "--set", "epochs=4"]
  const common = ["run", "fleet", ...settings, "--remote", store, "--jobs", "1"]
  await project.json(["run", "score/id=3,epochs=4", ...settings, "--jobs", "1"], env)

  const begin = await project.run([...common, "--on", "ssh:anna,bert"], env)
  expect(begin.stderr).toContain("started a worker on anna, bert for 22 nodes (3 are there)")
  const lines = await project.json([...common, "--on", "ssh:anna,bert"], env)
  expect(end(lines)).toMatchObject({ type: "end", failed: 0 })
  expect(readFileSync(project.path("reports/fleet/scores.jsonl"), "utf8").split("\n")).toHaveLength(13)
  const log = readFileSync(project.path("log"), "utf8")
  expect(log.match(/ begin climb\//g)).toHaveLength(12)
  expect(log.match(/ begin source/g)).toHaveLength(1)
  const [{ folder, wanted }] = runsIn(store)
  expect(wanted.state).toBe("ended")
  await until(() => readWorkers(folder).every(({ ended }) => ended !== null))
  expect(readWorkers(folder).map(({ id, done }) => [id, done > 0])).toEqual([
    ["ssh-anna", true],
    ["ssh-bert", true]
  ])
  expect(readFileSync(join(folder, "logs/ssh-anna.out"), "utf8")).toContain('"type":"done"')
})
