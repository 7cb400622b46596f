/** Options of sbatch among the flags of `run`. */
import * as Command from "effect/cli/Command"
import { expect, test } from "vitest"
import { run } from "../../src/cli/commands/run.ts"
import { passToSbatch } from "../../src/cli/sbatch.ts"

const root = Command.make("pipeline").pipe(Command.withSubcommands([run]))
const passed = (line: string) => passToSbatch(root, line.split(" ")).join(" ")

test("flags that run does not have go to sbatch, with their values; its own stay, whatever they look like", () => {
  for (const [typed, expected] of [
    [
      "run paper --on slurm --partition P --time 8:00:00 --workers 3",
      "--sbatch=--partition=P --sbatch=--time=8:00:00 --workers 3"
    ],
    [
      "run paper --on slurm --mem=4G --exclusive quick --jobs 2",
      "--sbatch=--mem=4G --sbatch=--exclusive quick --jobs 2"
    ],
    ["run paper --on slurm --set epochs=2 --where --gres", "--set epochs=2 --where --gres"],
    ["run paper --on slurm --no-requeue -j 2 -- --partition", "--sbatch=--no-requeue -j 2 -- --partition"]
  ])
    expect(passed(typed)).toBe(`run paper --on slurm ${expected}`)
  for (const line of [
    "run paper --partition P",
    "run paper --on ssh:a --partition P",
    "plan paper --on slurm --time 3"
  ])
    expect(passed(line)).toBe(line)
  expect(passed("run --time 3 --on=slurm")).toBe("run --sbatch=--time=3 --on=slurm")
})
