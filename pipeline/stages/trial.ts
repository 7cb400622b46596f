/**
 * A trial's name, network and size. Plain functions, which compute modules use too.
 */
import type { ImageShape, Network } from "../../src/network/network.ts"
import type { BuildParameters, DataSetParameters, TrainParameters } from "./schemas.ts"

export const networkOf = ({
  dataset,
  layers,
  depth,
  filters,
  kernel,
  activation,
  residual
}: TrainParameters): Network => ({
  ...imageShape(dataset),
  layers,
  depth,
  filters,
  kernel,
  activation,
  residual
})

export const imageShape = ({ shape: { channels, height, width, classes } }: DataSetParameters): ImageShape => ({
  channels,
  height,
  width,
  classes
})

export const buildParameters = ({ dataset, layers, filters, kernel, seed }: TrainParameters): BuildParameters => ({
  dataset,
  layers,
  filters,
  kernel,
  seed
})

/** A trial's name: every axis of the grid, those at their usual value only where the grid is about them. */
export function trialLabel(trial: BuildParameters & Partial<TrainParameters>): string {
  const axes = [`layers=${trial.layers}`]
  if (trial.depth !== undefined) axes.push(`depth=${trial.depth}`)
  axes.push(`filters=${trial.filters}`)
  if (trial.kernel !== 3) axes.push(`kernel=${trial.kernel}`)
  if (trial.activation !== undefined && trial.activation !== "relu") axes.push(`activation=${trial.activation}`)
  if (trial.residual === false) axes.push("residual=false")
  if (trial.from !== undefined) axes.push(`from=${trial.from.depth}@${trial.from.epochs}`)
  axes.push(`seed=${trial.seed}`)
  return `${trial.dataset.name}/${axes.join(",")}`
}

/** Floating point operations of one pass of all training examples through the network, counted as direct convolutions. */
export function forwardOperations(trial: TrainParameters & { readonly examples?: number }): number {
  const { channels, height, width, classes, count } = trial.dataset.shape
  const { layers, filters, kernel } = trial
  const convolutions = kernel * kernel * filters * (channels + layers * filters) * height * width
  return 2 * (trial.examples ?? count) * (convolutions + filters * height * width * classes)
}
