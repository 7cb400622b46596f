/** Machines that are reached by ssh: the workers of a cluster without one. Nothing runs there but the worker itself. */
import * as Effect from "effect/Effect"
import { quoted, runCommand } from "./commands.ts"

export interface Remote {
  readonly host: string
  readonly project: string
  readonly command: string // that starts Node
  readonly launcher: string
  readonly run: string // its folder
  readonly logs: string // folder
}

/** A worker's name there: one a host. */
export const idOn = (host: string): string => `ssh-${host.replace(/[^\w.-]+/g, "-")}`.slice(0, 100)

/** Starts a worker on a machine; it goes on when the connection ends. Whoever asks for a password is refused. */
export const startOn = ({ host, project, command, launcher, run, logs }: Remote) => {
  const id = idOn(host)
  const worker = `${command} ${[launcher, "worker", "--run", run, "--id", id].map(quoted).join(" ")}`
  const out = quoted(`${logs}/${id}.out`)
  const script = `cd ${quoted(project)} && { setsid nohup ${worker} >> ${out} 2>&1 < /dev/null & }`
  return Effect.asVoid(runCommand("ssh", ["-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "--", host, script]))
}
