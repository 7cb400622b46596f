/** What is known of an engine before it is loaded: everything that is true of it, in one place (engines.ts has them all). */
import type { Network } from "../network/network.ts"
import type { Analyst } from "./analysis.ts"
import type { BatchedEngine } from "./batched.ts"
import type { DeviceEngine, Engine, Precision } from "./engine.ts"
import type { SecondOrder } from "./second-order.ts"

/**
 * What an engine can do, by the name of the export that does it: a function of the numeric class, which throws where this
 * machine cannot compute in that class.
 */
export interface Roles {
  /** Trains and scores one network at a time. */
  readonly training: Engine | DeviceEngine
  /** The same, of images that are standardized. */
  readonly standardized: Engine
  /** Trains several networks of one shape as one computation. */
  readonly groups: BatchedEngine
  /** Takes networks apart. */
  readonly analysis: Analyst
  /** Gives loss, gradient and curvature to second-order methods. */
  readonly secondOrder: SecondOrder
}
export type Role = keyof Roles

export interface EngineDescriptor {
  readonly name: string
  /** What it is called in reports. */
  readonly title: string
  /** Modules by what they do (their exports, `Roles`); an edit to one reruns what uses it and nothing else. */
  readonly modules: { readonly training: URL } & { readonly [R in Role]?: URL }
  /** A module that gives the same bits faster where it can (`EngineUse.standIn`), and the roles that it is for. */
  readonly standIn?: { readonly module: URL; readonly roles: ReadonlyArray<Role> }
  /** The class that its results are of when they are computed here. */
  readonly numericClass: (role: Role, precision: Precision) => string
  /** Whether results of one class are the same bits everywhere; else they agree within a tolerance. */
  readonly exact: boolean
  readonly precisions: ReadonlyArray<Precision>
  /** `gpu`: a training takes a GPU slot. */
  readonly device: "cpu" | "gpu"
  /** Whether several threads may share a training, with the same bits. */
  readonly threads: boolean
  /** Why it cannot compute this network; undefined if it can. It computes every one if left out. */
  readonly refuses?: (network: Network) => string | undefined
  /** Whether it may be the fastest somewhere, so that `auto` measures it. */
  readonly contends: boolean
  /** npm packages that it needs beside those that every installation has (src/install/packages.js). */
  readonly packages?: ReadonlyArray<string>
  /** A library that it needs and that npm does not bring. */
  readonly needs?: "TensorFlow"
}
