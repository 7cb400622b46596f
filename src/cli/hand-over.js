// Has another process do what this one was asked to, and ends as that ends. Plain JavaScript: launch.js uses it.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const launcher = fileURLToPath(new URL("./launch.js", import.meta.url))

export function handOver(node) {
  // Over the channel the child sees when this process has gone, however it went.
  const child = spawn(node, [launcher, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, PIPELINE_LAUNCHER: "yes" }
  })
  // The child decides how to end. (A terminal sends Ctrl-C to both, so it may come twice: see main.ts.)
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  child.on("exit", (code, signal) => {
    if (signal !== null) process.kill(process.pid, signal)
    process.exit(code ?? 1)
  })
}
