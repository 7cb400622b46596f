/** A real Slurm of three nodes on this machine, for tests (up.sh); a project's results are in a store that all see. */
import { execFile, execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const script = (name: string) => fileURLToPath(new URL(`./${name}.sh`, import.meta.url))

export interface Cluster {
  /** What a command needs to find it, and short times. */
  readonly env: Readonly<Record<string, string>>
  slurm(command: string, ...args: ReadonlyArray<string>): Promise<string>
  down(): void
}

export function startCluster(): Cluster {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-slurm-"))
  const own = { ...process.env, R: folder, N: "3", BASE: String(20_000 + (process.pid % 20_000)) }
  execFileSync(script("up"), { env: own, stdio: ["ignore", "ignore", "inherit"] })
  const scratch = join(folder, "scratch")
  mkdirSync(scratch)
  const env = { SLURM_CONF: join(folder, "slurm.conf"), TMPDIR: scratch, PIPELINE_LEASE_SECONDS: "3" }
  return {
    env,
    slurm: async (command, ...args) => (await run(command, args, { env: { ...process.env, ...env } })).stdout,
    down() {
      execFileSync(script("down"), { env: own, stdio: "ignore" })
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    }
  }
}

/** What compute modules wrote down: `begin climb/3@2`; by trial, from which epoch each time. */
export function begun(log: string): ReadonlyMap<string, ReadonlyArray<number>> {
  const found = new Map<string, Array<number>>()
  for (const [, trial, epoch] of readFileSync(log, "utf8").matchAll(/ begin climb\/(\d+)@(\d+)/g))
    found.set(trial, [...(found.get(trial) ?? []), Number(epoch)])
  return found
}
