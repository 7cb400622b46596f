/** Options of `sbatch`, typed among the flags of `pipeline run --on slurm`: whatever `run` itself does not have. */
import { flagsOf, isDescribed } from "./typed.ts"

/** Options of sbatch that take no value, or take it only behind `=`; all others may have it as the next word. */
const ALONE: ReadonlySet<string> = new Set([
  "--contiguous",
  "--exclusive",
  "--get-user-env",
  "--hold",
  "--ignore-pbs",
  "--nice",
  "--no-kill",
  "--no-requeue",
  "--oom-kill-step",
  "--overcommit",
  "--oversubscribe",
  "--propagate",
  "--quiet",
  "--reboot",
  "--requeue",
  "--spread-job",
  "--use-min-nodes",
  "--verbose"
])

/** `--partition P` becomes `--sbatch=--partition=P`; without `--on slurm` all stays as it was typed. */
export function passToSbatch(root: unknown, args: ReadonlyArray<string>): ReadonlyArray<string> {
  const on = args.findIndex((arg) => arg === "--on=slurm" || arg === "--on")
  if (args[0] !== "run" || on < 0 || (args[on] === "--on" && args[on + 1] !== "slurm") || !isDescribed(root))
    return args
  const run = root.subcommands.flatMap(({ commands }) => commands).find((one) => isDescribed(one) && one.name === "run")
  if (!isDescribed(run)) return args
  const own = flagsOf(run)
  const passed: Array<string> = []
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--") return [...passed, ...args.slice(i)]
    const [name] = args[i].split("=", 1)
    if (!/^--[a-z]/.test(name)) passed.push(args[i])
    else if (own.has(name)) {
      passed.push(args[i])
      // Its value is no option, whatever it looks like.
      if (own.get(name) !== undefined && args[i] === name && i + 1 < args.length) passed.push(args[++i])
    } else {
      const takesNext = args[i] === name && !ALONE.has(name) && i + 1 < args.length
      passed.push(`--sbatch=${takesNext ? `${name}=${args[++i]}` : args[i]}`)
    }
  }
  return passed
}
