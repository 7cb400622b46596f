/** What a helper's thread of a native session runs (../wasm/threads.ts). */
import { workerData } from "node:worker_threads"
import { type Charge, serve } from "../wasm/threads.ts"
import { nativeInstance } from "./instance.ts"

const charge = workerData as Charge
if (charge.helperOf === "native") serve(charge, nativeInstance(charge.given as string, charge.network))
