/** Command lines of one project that are run one after another in one process (serve.js). */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Server {
  readonly state: "not started" | "waits" | "runs"
  /** Runs `pipeline` to its end; if that is the process's own end, as it would be without a server. */
  run(args: ReadonlyArray<string>, env: Readonly<Record<string, string | undefined>>): Promise<Finished>
  close(): void
}

const SCRIPT = fileURLToPath(new URL("./serve.js", import.meta.url))
const MARK = "\u0000 that was all \u0000"

/** What a stream gives until the mark; nothing more comes before the next command. */
function textsOf(child: ChildProcess, name: "stdout" | "stderr") {
  let chunks: Array<Buffer> = []
  let whole = () => {}
  child[name]?.on("data", (chunk: Buffer) => {
    chunks.push(chunk)
    if (Buffer.concat(chunks.slice(-2)).includes(MARK)) whole()
  })
  return {
    marked: () => new Promise<void>((resolve) => (whole = resolve)),
    take() {
      const text = Buffer.concat(chunks).toString("utf8").replace(MARK, "")
      chunks = []
      return text
    }
  }
}

/** Starts with the first command, and again where one has ended it; `folder` goes with it when the tests have ended. */
export function makeServer(launcher: string, cwd: string, folder: string): Server {
  let process: { readonly child: ChildProcess; readonly texts: ReadonlyArray<ReturnType<typeof textsOf>> } | undefined
  let isBusy = false

  const start = () => {
    const child = fork(SCRIPT, [launcher, folder], { cwd, stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] })
    child.once("exit", () => (process = undefined))
    return { child, texts: [textsOf(child, "stdout"), textsOf(child, "stderr")] }
  }

  return {
    get state() {
      return process === undefined ? "not started" : isBusy ? "runs" : "waits"
    },
    async run(args, env) {
      isBusy = true
      const { child, texts } = (process ??= start())
      const marked = Promise.all(texts.map((text) => text.marked()))
      const code = await new Promise<number | null>((resolve) => {
        const onClose = (code: number | null) => resolve(code)
        child.once("close", onClose)
        child.once("message", async ({ code }: { code: number }) => {
          child.off("close", onClose)
          await marked
          resolve(code)
        })
        child.send({ args, env, mark: MARK })
      })
      const [stdout, stderr] = texts.map((text) => text.take())
      isBusy = false
      return { code, stdout, stderr }
    },
    close() {
      process?.child.kill("SIGKILL")
    }
  }
}
