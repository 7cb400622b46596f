/**
 * A process that runs command lines of one project one after another, as `node src/cli/launch.js` does each in a process
 * of its own: the same launcher, the same bundle of the sources as they are by then, the same end. What a process needs to
 * start, and packages, are there already; tests that give many commands wait for little else. Plain JavaScript, so that
 * nothing is to be translated.
 *
 * `node serve.js LAUNCHER FOLDER`, over a channel: { args, env } are run; `mark` is written to both outputs when all that
 * the command wrote has been, and its exit code told. When the channel is closed, the folder goes.
 */
import { rmSync } from "node:fs"
import { registerHooks } from "node:module"
import { pathToFileURL } from "node:url"

const [, , launcher, folder] = process.argv

/** Modules that are run again for each command; whatever they import is there, unless its text is another by now. */
const AGAIN = /\/(launch\.js|main\.ts|bundles\/cli-[0-9a-f]+\/(index|main-\w+)\.js)$/
let serial = 0
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    return AGAIN.test(found.url) ? { ...found, url: `${found.url}?${serial}` } : found
  }
})

/** The runner of a main program keeps its process alive by a timer of this length until it ends; others come later. */
const KEPT_ALIVE_MS = 2_147_483_647
const { setInterval, clearInterval } = globalThis
/** Of the command that runs: that timer, and what is done at its end. */
let keeping
let ended
globalThis.setInterval = (run, delay, ...more) => {
  const timer = setInterval(run, delay, ...more)
  if (delay === KEPT_ALIVE_MS) keeping ??= timer
  return timer
}
globalThis.clearInterval = (timer) => {
  clearInterval(timer)
  // By then it has said with which code, if not 0.
  const end = ended
  if (timer !== undefined && timer === keeping) setImmediate(() => end(0))
}
const exit = process.exit.bind(process)
process.exit = (code) => ended(code ?? 0)

const EMITTERS = [process, process.stdout, process.stderr]
const listenersOf = () =>
  EMITTERS.flatMap((emitter) =>
    emitter
      .eventNames()
      .flatMap((event) => emitter.rawListeners(event).map((listener) => ({ emitter, event, listener })))
  )

async function run({ args, env }) {
  serial++
  const begin = performance.now()
  process.uptime = () => (performance.now() - begin) / 1000
  for (const name in process.env) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
  process.argv = [process.execPath, launcher, ...args]
  const before = new Set(listenersOf().map(({ listener }) => listener))
  keeping = undefined
  const end = new Promise((resolve) => {
    ended = resolve
  })
  await import(pathToFileURL(launcher).href)
  const code = await end
  for (const { emitter, event, listener } of listenersOf())
    if (!before.has(listener)) emitter.removeListener(event, listener)
  return code
}

process.on("message", async ({ mark, ...command }) => {
  const code = await run(command)
  process.stdout.write(mark, () => process.stderr.write(mark, () => process.send({ code })))
})
process.on("disconnect", () => {
  rmSync(folder, { recursive: true, force: true })
  exit(0)
})
