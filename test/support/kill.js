/**
 * Preloaded into a run and its workers (NODE_OPTIONS=--import), kills them with SIGKILL at a chosen moment:
 * KILL_AT=KIND:COUNT:SHARE, where KIND is
 *
 *   blob     in the middle of the COUNT-th blob that a process writes, after SHARE of its bytes
 *   journal  in the middle of the COUNT-th writing to the journal, after SHARE of its bytes
 *   index    after the COUNT-th sync of the journal, inside the index's transaction or its commit
 *   worker   while a worker computes its COUNT-th task; its scheduler is killed with it
 *   task     likewise, but the worker alone is killed
 *
 * Each kill says so in the file KILL_LOG before. For moments that last, a second thread kills after some part of them;
 * it takes back what it has said with a line `missed` where the moment has passed, and tries the next one. Plain
 * JavaScript, since every process of a run and every thread loads it.
 */
import { EventEmitter } from "node:events"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { isMainThread, Worker } from "node:worker_threads"

const { appendFileSync, fdatasyncSync, openSync, writeSync } = fs
const script = process.argv[1] ?? ""
const isWorker = script.endsWith("worker.ts")
/** Told by number, since a worker whose scheduler has just died has another parent. */
const scheduler = isWorker ? Number(process.argv[2]) : process.pid
const isScheduler = script.endsWith("launch.js") && process.argv[2] === "run"
if (process.env.KILL_AT !== undefined && isMainThread && (isWorker || isScheduler)) arm(process.env.KILL_AT)

function killAll(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {} // dead already
  }
}

function arm(when) {
  const [kind, count, share] = when.split(":")
  const log = process.env.KILL_LOG
  let left = Number(count)
  const paths = new Map()
  const die = () => {
    appendFileSync(log, `${kind}\n`)
    killAll([scheduler, process.pid])
  }

  fs.openSync = (path, ...rest) => {
    const file = openSync(path, ...rest)
    paths.set(file, String(path))
    return file
  }
  const written = kind === "blob" ? /\/cache\/tmp\/[^/]+$/ : kind === "journal" ? /\/cache\/journal$/ : /^$/
  fs.writeSync = (file, bytes, ...rest) => {
    if (written.test(paths.get(file) ?? "") && --left === 0) {
      writeSync(file, bytes, 0, Math.floor(bytes.length * Number(share)))
      die()
    }
    return writeSync(file, bytes, ...rest)
  }

  /** 0: outside; 1: inside; 2: inside, and the second thread knows. */
  const inside = new Int32Array(new SharedArrayBuffer(4))
  const enter = () => {
    if (--left > 0) return
    Atomics.store(inside, 0, 1)
    Atomics.notify(inside, 0)
    Atomics.wait(inside, 0, 1)
  }
  const leave = () => void Atomics.store(inside, 0, 0)
  const killer = (pids, milliseconds) => {
    const thread = new Worker(
      `const { appendFileSync } = require("node:fs")
      const { inside } = require("node:worker_threads").workerData
      while (true) {
        Atomics.wait(inside, 0, 0)
        appendFileSync(${JSON.stringify(log)}, "${kind}\\n")
        Atomics.store(inside, 0, 2)
        Atomics.notify(inside, 0)
        const until = performance.now() + ${milliseconds}
        while (performance.now() < until);
        if (Atomics.load(inside, 0) === 2) (${killAll})(${JSON.stringify(pids)})
        appendFileSync(${JSON.stringify(log)}, "${kind} missed\\n")
      }`,
      { eval: true, workerData: { inside } }
    )
    thread.unref()
  }
  if (kind === "index" && isScheduler) {
    fs.fdatasyncSync = (file) => {
      fdatasyncSync(file)
      if (/\/cache\/journal$/.test(paths.get(file) ?? "")) enter()
    }
    // lmdb tells of the start of a transaction; its end is the commit of the environment that it has begun in.
    const { emit } = EventEmitter.prototype
    EventEmitter.prototype.emit = function (event, ...rest) {
      if (event === "begin-transaction" && this.path?.endsWith("/index")) watchCommits(this.env)
      return emit.call(this, event, ...rest)
    }
    const watchCommits = (env) => {
      const { commitTxn } = env
      if (Object.hasOwn(env, "commitTxn")) return
      Object.defineProperty(env, "commitTxn", {
        value() {
          try {
            return commitTxn?.call(env)
          } finally {
            leave()
          }
        }
      })
    }
    killer([process.pid], 0.5 * Number(share))
  }
  if (isWorker && (kind === "worker" || kind === "task")) {
    process.on("message", enter)
    const { send } = process
    process.send = (message, ...rest) => {
      if (message.type !== "progress") leave()
      return send.call(process, message, ...rest)
    }
    killer(kind === "task" ? [process.pid] : [scheduler, process.pid], 40 * Number(share))
  }
  syncBuiltinESMExports()
}
