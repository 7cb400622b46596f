/**
 * Settings of a machine or a project that change no result: where the cache is, how much of the machine a run takes. Each
 * may stand in pipeline/config.ts, in the environment, or be a flag; what comes later in this list goes before.
 */
import * as Schema from "effect/Schema"
import { checkMembers, type Members } from "../graph/declared.ts"

const Folder = Schema.NonEmptyString
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** What pipeline/config.ts may say, each as it is typed there. */
export const Config = Schema.Struct({
  cache: Folder,
  dataDir: Folder,
  jobs: Count,
  gpus: Schema.NonEmptyString,
  perGpu: Count,
  deviceMemory: Schema.Finite.check(Schema.isGreaterThan(0)),
  maxFailures: Count,
  notify: Schema.NonEmptyString,
  checkpointSeconds: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  multiplyAdd: Schema.Literals(["fused", "plain"]),
  native: Schema.Literals(["on", "off"]),
  remote: Schema.NonEmptyString,
  remoteMode: Schema.Literals(["read-write", "read-only"]),
  remoteKeys: Schema.NonEmptyString,
  workerNode: Schema.NonEmptyString,
  leaseSeconds: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)),
  networkCache: Schema.Literals(["refuse", "allow"])
})
export type Config = typeof Config.Type
export type ConfigName = keyof Config

interface Described {
  readonly variable: string
  /** The flag of `pipeline run`. */
  readonly flag?: string
  /** What holds where nothing is said. */
  readonly otherwise: string
  readonly about: string
}

export const CONFIG: Readonly<Record<ConfigName, Described>> = {
  cache: {
    variable: "PIPELINE_CACHE",
    flag: "--cache",
    otherwise: "cache/ in the project",
    about: "folder of the results"
  },
  dataDir: {
    variable: "PIPELINE_DATA_DIR",
    flag: "--data-dir",
    otherwise: "none",
    about: "folder with data sets' files, looked at before the network"
  },
  jobs: {
    variable: "PIPELINE_JOBS",
    flag: "--jobs",
    otherwise: "all processors",
    about: "processor slots that a run takes"
  },
  gpus: {
    variable: "PIPELINE_GPUS",
    flag: "--gpus",
    otherwise: "$CUDA_VISIBLE_DEVICES, or 0",
    about: "GPUs that a run takes: 0,1"
  },
  perGpu: { variable: "PIPELINE_PER_GPU", flag: "--per-gpu", otherwise: "1", about: "trainings that share a GPU" },
  deviceMemory: {
    variable: "PIPELINE_DEVICE_MEMORY",
    flag: "--device-memory",
    otherwise: "2",
    about: "GB that one training of TensorFlow.js may take"
  },
  maxFailures: {
    variable: "PIPELINE_MAX_FAILURES",
    flag: "--max-failures",
    otherwise: "10",
    about: "a stage that fails so often in the same way starts nothing more"
  },
  notify: {
    variable: "PIPELINE_NOTIFY",
    flag: "--notify",
    otherwise: "none",
    about: "command that is run at the end of a run of a minute or more, with its last line as argument"
  },
  checkpointSeconds: {
    variable: "PIPELINE_CHECKPOINT_SECONDS",
    otherwise: "5",
    about: "seconds between the states of a training that are kept"
  },
  multiplyAdd: {
    variable: "PIPELINE_MULTIPLY_ADD",
    otherwise: "as this machine does",
    about: "numeric class of the kernels: fused, or plain, which every machine can compute"
  },
  native: {
    variable: "PIPELINE_NATIVE",
    otherwise: "on",
    about: "whether kernels are also compiled for this processor, where there is a C compiler; the same bits, sooner"
  },
  remote: {
    variable: "PIPELINE_REMOTE",
    flag: "--remote",
    otherwise: "none",
    about: "shared cache that is asked for what is not here and gets what is made: a folder, or an address of http(s)"
  },
  remoteMode: {
    variable: "PIPELINE_REMOTE_MODE",
    flag: "--remote-mode",
    otherwise: "read-write",
    about: "read-only: nothing is pushed to the remote"
  },
  remoteKeys: {
    variable: "PIPELINE_REMOTE_KEYS",
    otherwise: "none: all are trusted",
    about: "public keys (ed25519:…, with commas between) of which one must have signed what is taken from a remote"
  },
  leaseSeconds: {
    variable: "PIPELINE_LEASE_SECONDS",
    otherwise: "180",
    about: "seconds after which a machine of a cluster that says nothing counts as dead, and others do its work"
  },
  workerNode: {
    variable: "PIPELINE_WORKER_NODE",
    otherwise: "the Node of the command that begins the run",
    about: "command by which other machines start Node, as in 'apptainer exec --bind /scratch node.sif node'"
  },
  networkCache: {
    variable: "PIPELINE_NETWORK_CACHE",
    otherwise: "refuse",
    about: "whether the cache may lie on a network file system, where its index is spoilt if two machines use it"
  }
}

export const CONFIG_NAMES = Object.keys(Config.fields) as ReadonlyArray<ConfigName>

const MEMBERS: Members<Config> = {
  cache: "possible",
  dataDir: "possible",
  jobs: "possible",
  gpus: "possible",
  perGpu: "possible",
  deviceMemory: "possible",
  maxFailures: "possible",
  notify: "possible",
  checkpointSeconds: "possible",
  multiplyAdd: "possible",
  native: "possible",
  remote: "possible",
  remoteMode: "possible",
  remoteKeys: "possible",
  leaseSeconds: "possible",
  workerNode: "possible",
  networkCache: "possible"
}

/** The default export of pipeline/config.ts. Throws `DeclarationError` for a member that there is not. */
export function defineConfig(config: Partial<Config>): Partial<Config> {
  checkMembers("configuration", config, MEMBERS, defineConfig)
  return config
}
