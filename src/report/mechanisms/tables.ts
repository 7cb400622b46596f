/** Tables of the report on mechanisms. */
import type { Mechanisms } from "../../results/mechanisms.ts"
import { mean } from "../../statistics/statistics.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { percent, significant } from "../page/format.ts"
import type { Cell, Column, Table } from "../page/tables.ts"
import { type Architecture, distancesBy, growth, type Kind, networksOf, type Start, seriesName } from "./rows.ts"

const average = (values: ReadonlyArray<number | null | undefined>): Cell => {
  const there = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value))
  return there.length === 0 ? null : mean(there)
}

/** What each moment was measured to be, but for what goes layer by layer. */
const MEASURES: ReadonlyArray<Column & { readonly of: (found: Mechanisms) => number | null | undefined }> = [
  { name: "loss", title: "Training loss", format: significant, of: ({ loss }) => loss },
  { name: "accuracy", title: "Accuracy %", format: percent, of: ({ accuracy }) => accuracy },
  { name: "growth", title: "‖h_d‖ / ‖h_0‖", format: significant, of: growth },
  { name: "input_gradient", title: "‖∂L/∂x‖", format: significant, of: ({ inputGradient }) => inputGradient },
  { name: "input_jacobian", title: "‖∂z/∂x‖²", format: significant, of: ({ inputJacobian }) => inputJacobian },
  { name: "line_change", title: "change", group: "Along lines", format: significant, of: ({ lines }) => lines?.change },
  { name: "line_cosine", title: "cosine", group: "Along lines", format: significant, of: ({ lines }) => lines?.cosine },
  { name: "active", title: "active", group: "On a way", format: significant, of: ({ pathActive }) => pathActive },
  {
    name: "blocks",
    title: "blocks by gradient",
    group: "On a way",
    format: significant,
    of: ({ pathLength }) => pathLength
  },
  {
    name: "distance",
    title: "‖θ − θ₀‖ / ‖θ₀‖",
    format: significant,
    of: (found) => mean(distancesBy(found))
  }
]

const deviationsIn = (kinds: ReadonlyArray<Kind>) =>
  distinct(
    kinds.flatMap(({ networks }) =>
      networks.flatMap(({ looks }) =>
        looks.flatMap(({ found }) => found?.noise.map(({ deviation }) => deviation) ?? [])
      )
    )
  )

/** Every kind of network at every moment, means over the seeds. */
export function momentsTable(kinds: ReadonlyArray<Kind>): Table {
  const deviations = deviationsIn(kinds)
  const rows = kinds.flatMap((kind) =>
    [true, false].flatMap((residual) =>
      (["sequential", "parallel"] satisfies ReadonlyArray<Architecture>).flatMap((architecture) => {
        const looks = networksOf(kind, architecture, residual).flatMap((one) => one.looks)
        return [...groupBy(looks, ({ epoch }) => String(epoch)).values()].flatMap((own) => {
          const found = own.flatMap((look) => look.found ?? [])
          if (found.length === 0) return []
          return [
            [
              kind.name,
              seriesName(architecture, residual),
              own[0].epoch,
              ...MEASURES.map(({ of }) => average(found.map(of))),
              ...deviations.map((deviation) =>
                average(found.map(({ noise }) => noise.find((one) => one.deviation === deviation)?.loss))
              ),
              found.length
            ]
          ]
        })
      })
    )
  )
  return {
    name: "moments",
    title: "Every kind of network along its training, means over the seeds",
    note: "On the training images of the analysis. Change is ‖Δg‖ / ‖Δx‖ between neighbouring points of lines between two images, g the gradient by the image; active counts the nonlinearities on a way from image to dense layer by how much their slopes change over the images, all ways out of a block as likely; blocks weighs paths by the norm of their gradient.",
    folded: rows.length > 40,
    columns: [
      { name: "network", title: "Network" },
      { name: "architecture", title: "Architecture" },
      { name: "epoch", title: "Epoch" },
      ...MEASURES.map(({ of: _, ...column }) => column),
      ...deviations.map((deviation) => ({
        name: `noise_${deviation}`,
        title: `noise ${deviation}`,
        group: "Loss with noise",
        format: significant
      })),
      { name: "seeds", title: "Seeds" }
    ],
    rows
  }
}

/** Networks before training, by number of layers and scale of the branch. */
export function startsTable(starts: ReadonlyArray<Start>): Table {
  const groups = groupBy(starts, ({ rule, network }) => `${rule}/${network.activation}/${network.layers}`)
  return {
    name: "starts",
    title: "Before training, by number of layers and scale of the branch, means over the seeds",
    folded: groups.size > 24,
    columns: [
      { name: "rule", title: "Branch" },
      { name: "activation", title: "Activation" },
      { name: "layers", title: "Layers" },
      { name: "growth", title: "‖h_d‖ / ‖h_0‖", format: significant },
      { name: "gradient_growth", title: "‖∂L/∂h_0‖ / ‖∂L/∂h_d‖", format: significant },
      { name: "loss", title: "Loss", format: significant },
      { name: "seeds", title: "Seeds" }
    ],
    rows: [...groups.values()].flatMap((own) => {
      const found = own.flatMap((one) => one.found ?? [])
      if (found.length === 0) return []
      const [{ rule, network }] = own
      return [
        [
          rule,
          network.activation,
          network.layers,
          average(found.map(growth)),
          average(found.map(({ gradients }) => gradients[0] / gradients[gradients.length - 1])),
          average(found.map(({ loss }) => loss)),
          found.length
        ]
      ]
    })
  }
}

/** Gradients, distances and cosines layer by layer, at the first and the last moment, for other programs. */
export function layersTable(kinds: ReadonlyArray<Kind>): Table {
  const rows = kinds.flatMap((kind) =>
    kind.networks.flatMap(({ trial, looks }) =>
      looks.flatMap(({ epoch, found }) =>
        (found?.tensors ?? []).map(({ name, gradient, moved, initial }): ReadonlyArray<Cell> => {
          const layer = name.startsWith("layers.") ? found?.layers[Number(name.slice(7))] : undefined
          const { depth, layers, residual } = trial.network
          const series = seriesName(depth === layers ? "sequential" : "parallel", residual)
          return [
            ...[kind.name, series, trial.seed, epoch, name],
            ...[Number.isFinite(gradient) ? gradient : null, Number.isFinite(moved) ? moved / initial : null],
            ...[layer?.cosine ?? null, layer?.size ?? null, layer?.active ?? null]
          ]
        })
      )
    )
  )
  return {
    name: "layers",
    title: "Every layer of every network at every moment",
    folded: true,
    columns: [
      { name: "network", title: "Network" },
      { name: "architecture", title: "Architecture" },
      { name: "seed", title: "Seed" },
      { name: "epoch", title: "Epoch" },
      { name: "layer", title: "Layer" },
      { name: "gradient", title: "Gradient", format: significant },
      { name: "distance", title: "Distance", format: significant },
      { name: "cosine", title: "Cosine", format: significant },
      { name: "size", title: "‖f_i(h)‖ / ‖h‖", format: significant },
      { name: "active", title: "Active", format: significant }
    ],
    rows
  }
}
