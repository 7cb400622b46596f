/** What this machine has that engines may use: GPUs with their driver, and a TensorFlow with what it was made for. */
import { execFile } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { dirname, join } from "node:path"
import { findTensorFlow, usualPlaces } from "../tfjs/native/tensorflow.ts"

export interface Gpu {
  readonly name: string
  readonly driver: string
  readonly memory: string
}

/** A TensorFlow by its files. */
export interface InstalledTensorFlow {
  readonly folder: string
  readonly version: string | undefined
  /** What the wheel was built for; none for one without CUDA, unknown where the wheel's Python files are missing. */
  readonly cuda: string | "none" | "unknown"
  readonly cudnn: string | undefined
  /** NVIDIA's libraries as pip installed them beside it, NAME-VERSION. */
  readonly libraries: ReadonlyArray<string>
}

export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly gpus: ReadonlyArray<Gpu>
  /** Why no GPU is named, in the driver's own words. */
  readonly driverProblem: string | undefined
  readonly tensorflow: InstalledTensorFlow | undefined
}

export async function examineMachine(): Promise<Machine> {
  const { gpus, problem } = await nvidia()
  const found = findTensorFlow(usualPlaces())
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    gpus,
    driverProblem: problem,
    tensorflow: found && examineTensorFlow(found.folder, found.version)
  }
}

function nvidia(): Promise<{ readonly gpus: ReadonlyArray<Gpu>; readonly problem: string | undefined }> {
  const args = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
  return new Promise((resolve) => {
    execFile("nvidia-smi", args, { encoding: "utf8", timeout: 20_000 }, (error, stdout, stderr) => {
      if (error !== null) {
        const missing = (error as NodeJS.ErrnoException).code === "ENOENT"
        const said = (stdout || stderr || error.message).trim().split("\n")[0]
        return resolve({ gpus: [], problem: missing ? "there is no NVIDIA driver (no nvidia-smi)" : said })
      }
      const gpus = stdout
        .trim()
        .split("\n")
        .filter((line) => line.includes(","))
        .map((line) => line.split(",").map((part) => part.trim()))
        .map(([name, driver, memory]) => ({ name, driver, memory }))
      return resolve({ gpus, problem: gpus.length === 0 ? "nvidia-smi names no GPU" : undefined })
    })
  })
}

/** Reads, imports nothing. */
export function examineTensorFlow(folder: string, version?: string): InstalledTensorFlow {
  let [cuda, cudnn]: [string, string | undefined] = ["unknown", undefined]
  try {
    const info = readFileSync(join(folder, "python", "platform", "build_info.py"), "utf8")
    const value = (name: string) => new RegExp(`["']${name}["']:\\s*["']([^"']+)["']`).exec(info)?.[1]
    cuda = value("cuda_version") ?? "none"
    cudnn = value("cudnn_version")
  } catch {}
  let libraries: ReadonlyArray<string> = []
  try {
    libraries = readdirSync(dirname(folder))
      .filter((name) => /^nvidia_.*\.dist-info$/.test(name))
      .map((name) => name.replace(/\.dist-info$/, ""))
      .sort()
  } catch {}
  return { folder, version, cuda, cudnn, libraries }
}
