/**
 * Slurm, politely: one array of jobs for all workers, one `squeue` for the whole run and seldom, no `srun`, no `sacct`.
 * What it says is who lives; what has been computed stands in the shared store.
 */
import { userInfo } from "node:os"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { CommandFailed, quoted, runCommand } from "./commands.ts"

/** Workers of a run share a name, by which one question finds all of them, however many arrays they came in. */
export const jobName = (run: string): string => `pipeline-${run}`

/** `--output`, `--array` and the like say where our own things are. */
const OURS = /^--(array|output|error|job-name|parsable|wrap|chdir|signal|open-mode|test-only|wait)(=|$)|^-[aoeJDW]/

/** An option of `sbatch` that is this program's own business. */
export class OptionTaken extends Schema.TaggedError<OptionTaken>()("OptionTaken", { option: Schema.String }) {
  override get message() {
    return `${this.option}: this option of sbatch is set by the program itself`
  }
}

/** What this Slurm allows. */
export interface SlurmLimits {
  /** Jobs that an array may have at most. */
  readonly arraySize: number
}

/** Its own default, where it does not say. */
const ARRAY_SIZE = 1001

/** Asks for what this Slurm allows. */
export const limits: Effect.Effect<SlurmLimits, CommandFailed> = Effect.map(
  runCommand("scontrol", ["show", "config"]),
  (text) => {
    const value = (name: string) => {
      const found = new RegExp(`^${name}\\s*=\\s*(\\d+)`, "m").exec(text)
      return found === null ? undefined : Number(found[1])
    }
    // Indices begin at 0 and have to stay below it.
    const arraySize = Math.max(1, value("MaxArraySize") ?? ARRAY_SIZE)
    return { arraySize: Math.min(arraySize, value("MaxJobCount") ?? arraySize) }
  }
)

export interface Submission {
  readonly run: string // its name
  readonly project: string
  readonly script: string // path of the script that each job runs
  readonly logs: string // folder
  readonly count: number
  /** Of `sbatch`, as typed. */
  readonly options: ReadonlyArray<string>
}

/** How long before the end of its time a worker is told to stop, so that it keeps what it has: seconds. */
export const NOTICE_SECONDS = 60

/** Submits so many workers, in as few arrays as it may be; gives the numbers of the jobs. */
export const submit = Effect.fn("submit")(function* (submission: Submission) {
  const taken = submission.options.find((option) => OURS.test(option))
  if (taken !== undefined) return yield* new OptionTaken({ option: taken })
  const { arraySize } = yield* limits
  const jobs: Array<string> = []
  for (let left = submission.count; left > 0; left -= arraySize)
    jobs.push(yield* submitArray(submission, Math.min(left, arraySize)))
  return jobs
})

const submitArray = Effect.fnUntraced(function* ({ run, project, script, logs, options }: Submission, count: number) {
  const command = [
    "--parsable",
    `--job-name=${jobName(run)}`,
    `--array=0-${count - 1}`,
    `--chdir=${project}`,
    `--output=${logs}/slurm-%A_%a.out`,
    "--open-mode=append",
    // A node that dies, or a job that has to make room, begins again; so does a worker whose time is up.
    "--requeue",
    `--signal=B:USR1@${NOTICE_SECONDS}`,
    ...options,
    script
  ]
  const job = /^\s*(\d+)/.exec(yield* runCommand("sbatch", command))?.[1]
  if (job !== undefined) return job
  return yield* new CommandFailed({ command: "sbatch", problem: "it gave no number of a job" })
})

/** A worker's job: `123_4`, its state and its place. */
export interface Job {
  readonly id: string
  readonly state: string // PENDING, RUNNING, …
  readonly node: string
  readonly reason: string // why it waits
}

/** States in which a job is, or will be, at work. */
const LIVING: ReadonlySet<string> = new Set([
  "PENDING",
  "RUNNING",
  "CONFIGURING",
  "COMPLETING",
  "REQUEUED",
  "REQUEUE_HOLD",
  "SUSPENDED",
  "RESIZING",
  "SIGNALING",
  "STAGE_OUT",
  "STOPPED"
])

const me = (): string => userInfo().username

/** All jobs of a run that live, in one question. */
export const jobsOf = (run: string): Effect.Effect<ReadonlyArray<Job>, CommandFailed> =>
  Effect.map(
    runCommand("squeue", ["--noheader", "--array", `--user=${me()}`, `--name=${jobName(run)}`, "--format=%i|%T|%N|%r"]),
    (text) =>
      text
        .split("\n")
        .map((line) => line.trim().split("|"))
        .filter(([id, state]) => id !== "" && LIVING.has(state))
        .map(([id, state, node = "", reason = ""]) => ({ id, state, node, reason }))
  )

/** Takes the workers of a run out of the queue; those that only wait, or all. */
export const cancelJobs = (run: string, which: "waiting" | "all"): Effect.Effect<void, CommandFailed> =>
  Effect.asVoid(
    runCommand("scancel", [
      `--name=${jobName(run)}`,
      `--user=${me()}`,
      ...(which === "waiting" ? ["--state=PENDING"] : [])
    ])
  )

/** Takes some jobs out of the queue. */
export const cancelSome = (ids: ReadonlyArray<string>): Effect.Effect<void, CommandFailed> =>
  Effect.asVoid(runCommand("scancel", ids))

/** Exit codes of a worker that mean something to its script. */
export const TIME_IS_UP = 75

/** What each job of the array runs: a worker, again where it was killed alone, and again in turn when its time is up. */
export const scriptOf = (command: string, launcher: string, run: string): string => `#!/bin/sh
# One worker of a run, made by \`pipeline run --on slurm\`. A worker that is killed alone, for want of memory say, begins
# again; one whose time is up goes back into the queue, and goes on from its checkpoints.
worker=
trap 'kill -USR1 $worker 2>/dev/null' USR1
trap 'kill -TERM $worker 2>/dev/null' TERM
for life in 1 2 3 4; do
  ${command} ${quoted(launcher)} worker --run ${quoted(run)} \\
    --id "slurm-\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" &
  worker=$!
  wait $worker
  code=$?
  # A signal to this script ends the waiting, not the worker.
  while kill -0 $worker 2>/dev/null; do
    wait $worker
    code=$?
  done
  case $code in
    ${TIME_IS_UP}) exec scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" ;;
    137 | 139) sleep 1 ;;
    *) exit $code ;;
  esac
done
exit $code
`
