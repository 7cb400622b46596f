/** Values that begin with `-` are values, or are told of; none of them is taken for a call of help. */
import * as Command from "effect/cli/Command"
import * as Option from "effect/Option"
import { expect, test } from "vitest"
import { cache } from "../../src/cli/commands/cache/cache.ts"
import { get } from "../../src/cli/commands/get.ts"
import { run } from "../../src/cli/commands/run.ts"
import { joinValues } from "../../src/cli/typed.ts"
import { overridesOf } from "../../src/cli/workspace.ts"

const pipeline = Command.make("pipeline").pipe(Command.withSubcommands([run, get, cache]))

const typed = (line: string) => {
  try {
    return joinValues(pipeline, line.split(" ")).join(" ")
  } catch (error) {
    return (error as Error).message
  }
}

test.for([
  ["run --where -x quick", "run --where=-x quick"],
  ["run --where -hot>3", "run --where=-hot>3"],
  [
    "run --set -h=1x --json",
    "--set needs its value, NAME=VALUE, and found the flag -h; if that is the value, write --set=-h=1x"
  ],
  ["run --cache - quick", "run --cache=- quick"],
  [
    "run --cache --json",
    "--cache needs its value, DIR, and found the flag --json; if that is the value, write --cache=--json"
  ],
  [
    "run --where -h",
    "--where needs its value, CONDITION, and found the flag -h; if that is the value, write --where=-h"
  ],
  ["run --seed -3", "run --seed=-3"],
  ["run -j -1", "run -j=-1"],
  ["run --gpus -1,-2", "run --gpus=-1,-2"],
  ["get train/x -o -hello", "get train/x -o=-hello"],
  ["get train/x --out -", "get train/x --out=-"],
  ["cache gc --keep-size -5 -y", "cache gc --keep-size=-5 -y"],
  ["run -fn --where a=1", "run -fn --where=a=1"],
  ["run -fh quick", "run -fh quick"],
  [
    "run -hot",
    "there is no flag -hot: `pipeline run --help` shows what there is. A name that begins with - goes after --"
  ],
  [
    "cache gc -yq",
    "there is no flag -yq: `pipeline cache gc --help` shows what there is. A name that begins with - goes after --"
  ],
  ["run --set epochs=-3 -- --where -x", "run --set=epochs=-3 -- --where -x"],
  ["run --json -n", "run --json -n"],
  ["run --set", "run --set"]
] as const)("pipeline %s", ([line, expected]) => {
  expect(typed(line)).toBe(expected)
})

test("names of things that every object has are names like any other", () => {
  const flags = { set: ["__proto__=5", "constructor=6"], engine: ["toString=wasm"], seed: Option.none<number>() }
  const entries = [
    ["__proto__", "5"],
    ["constructor", "6"],
    ["toString.engine", "wasm"]
  ]
  expect(Object.entries(overridesOf(flags))).toEqual(entries)
  expect(Object.entries(overridesOf({ ...flags, drawn: Option.some(24) }))).toEqual([...entries, ["sample", "24"]])
})
