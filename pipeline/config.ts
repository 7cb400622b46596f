/**
 * Settings of this project that change no result, for everyone who works in it. The environment goes before (the variable
 * in brackets), and the command line before that. `pipeline config` prints what holds, and where it comes from.
 */
import { defineConfig } from "../src/run/config.ts"

export default defineConfig({
  // cache: "cache",          // folder of the results; relative paths begin in the project (PIPELINE_CACHE)
  // dataDir: "/data",        // folder with data sets' files, looked at before the network (PIPELINE_DATA_DIR)
  // jobs: 4,                 // processor slots that a run takes; all processors if left out (PIPELINE_JOBS)
  // gpus: "0,1",             // GPUs that a run takes (PIPELINE_GPUS)
  // perGpu: 1,               // trainings that share a GPU (PIPELINE_PER_GPU)
  // deviceMemory: 2,         // GB that one training of TensorFlow.js may take (PIPELINE_DEVICE_MEMORY)
  // maxFailures: 10,         // a stage that fails so often in the same way starts nothing more (PIPELINE_MAX_FAILURES)
  // notify: "notify-send",   // command run at the end of a run of a minute or more (PIPELINE_NOTIFY)
  // checkpointSeconds: 5,    // seconds between the states of a training that are kept (PIPELINE_CHECKPOINT_SECONDS)
  // multiplyAdd: "plain",    // numeric class that every machine can compute (PIPELINE_MULTIPLY_ADD)
  // native: "off",           // no kernels compiled for this processor, WebAssembly alone (PIPELINE_NATIVE)
  // remote: "/mnt/shared",   // shared cache that is asked for what is not here and gets what is made (PIPELINE_REMOTE)
  // remoteMode: "read-only", // nothing is pushed there (PIPELINE_REMOTE_MODE)
  // remoteKeys: "ed25519:…", // public keys of which one must have signed what is taken (PIPELINE_REMOTE_KEYS)
  // leaseSeconds: 180,       // a machine of a cluster that says nothing for so long counts as dead (PIPELINE_LEASE_SECONDS)
  // workerNode: "apptainer exec node.sif node", // command by which other machines start Node (PIPELINE_WORKER_NODE)
  // networkCache: "allow"    // the cache lies on a network file system that one machine alone uses (PIPELINE_NETWORK_CACHE)
})
