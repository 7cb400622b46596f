/** What a helper's thread of native kernels runs (../wasm/threads.ts, ../wasm/product-threads.ts). */
import { workerData } from "node:worker_threads"
import { type ProductCharge, servePasses } from "../wasm/product-threads.ts"
import type { CurvatureKernels } from "../wasm/products.ts"
import { type Charge, serve } from "../wasm/threads.ts"
import { nativeInstance, nativeKernels } from "./instance.ts"

const charge = workerData as Charge | ProductCharge
const addon = charge.given as string
if ("precision" in charge) serve(charge, nativeInstance(addon, charge.network, charge.precision))
else servePasses(charge, nativeKernels<CurvatureKernels>(addon, charge.network))
