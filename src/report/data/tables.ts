/** The tables and the figure on a data set's page. */
import type { EqualGroup, Survey } from "../../data/survey/survey.ts"
import { colours, type Figure, hover, hoverable } from "../page/figures.ts"
import { integer, percent, significant } from "../page/format.ts"
import type { Block } from "../page/page.ts"
import type { Cell, Column, Table } from "../page/tables.ts"
import { type DataReport, shownSet } from "./report.ts"

const whole = (name: string, title: string, group?: string): Column => ({
  name,
  title,
  format: integer,
  ...(group !== undefined && { group })
})

export function classTable({ names, survey }: DataReport): Table {
  const { train, test } = survey.splits
  return {
    name: "classes",
    title: "Images of each class",
    folded: names.length > 20,
    columns: [
      { name: "class", title: "Class" },
      { name: "label", title: "Number", csvOnly: names.every((name, label) => name === String(label)) },
      whole("training", "Training"),
      { name: "training_share", title: "%", format: percent },
      ...(test === undefined ? [] : [whole("test", "Test"), { name: "test_share", title: "%", format: percent }])
    ],
    rows: names.map((name, label) => [
      name,
      label,
      train.classes[label],
      train.classes[label] / train.count,
      ...(test === undefined ? [] : [test.classes[label], test.classes[label] / test.count])
    ])
  }
}

/** Bars, where they can be told apart. */
export function classFigure({ names, survey }: DataReport): ReadonlyArray<Block> {
  const { train } = survey.splits
  if (names.length > 60) return []
  const rows = names.map((name, label) => ({ name, label, images: train.classes[label] }))
  const figure: Figure = {
    name: "class-counts",
    title: "Training images of each class",
    caption: "In the order of the classes' numbers.",
    panels: [
      {
        title: "training images",
        alt: rows.map(({ name, images }) => `${name}: ${integer(images)}`).join(", "),
        spec: {
          data: { values: rows.map((row) => ({ ...row, hover: `${row.name}: ${integer(row.images)}` })) },
          mark: { type: "bar", color: colours.blue, ...hoverable },
          encoding: {
            x: { field: "label", type: "ordinal", title: "class", axis: { labelAngle: 0, labelOverlap: true } },
            y: { field: "images", type: "quantitative", title: null },
            ...hover
          }
        }
      }
    ],
    columns: [
      { name: "class", title: "Class" },
      { name: "label", title: "Number" },
      { name: "images", title: "Images" }
    ],
    rows: rows.map(({ name, label, images }) => [name, label, images])
  }
  return [{ kind: "figure", figure }]
}

const CHANNELS = ["red", "green", "blue"]

export function valueTable({ survey, train }: DataReport): Table {
  const channel = (i: number) => (train.channels === 1 ? "grey" : train.channels === 3 ? CHANNELS[i] : String(i))
  return {
    name: "values",
    title: "How light the images are",
    note: "Of each pixel as networks see it, from 0 (black) to 1.",
    columns: [
      { name: "set", title: "Set" },
      { name: "channel", title: "Channel" },
      { name: "mean", title: "Mean", format: significant },
      { name: "deviation", title: "Standard deviation", format: significant },
      whole("constant_images", "Images of one colour")
    ],
    rows: Object.entries(survey.splits).flatMap(([split, { means, deviations, constant }]) =>
      means.map((mean, i): ReadonlyArray<Cell> => [shownSet(split), channel(i), mean, deviations[i], constant])
    )
  }
}

export function alikeTable({ splits, equal, near }: Survey): Table {
  const row = (name: string, alike: Survey["equal"]): ReadonlyArray<Cell> =>
    splits.test === undefined ? [name, alike.train] : [name, alike.train, alike.test, alike.between]
  return {
    name: "alike",
    title: "How many images are alike",
    note: "Equal: images with an equal one before them in their set. Nearly: images with another nearly equal to them in their set. The last column counts test images with such a one among the training images.",
    columns: [
      { name: "kind", title: "" },
      whole("training", "Within training"),
      ...(splits.test === undefined ? [] : [whole("test", "Within test"), whole("between", "Test in training")])
    ],
    rows: [row("equal", equal), row("nearly equal", near)]
  }
}

/** Equal images, those with labels that differ first. */
export function equalTable({ names, survey: { groups } }: DataReport): Table {
  const ordered = [...groups.filter(({ conflict }) => conflict), ...groups.filter(({ conflict }) => !conflict)]
  return {
    name: "equal",
    title: "Equal images",
    folded: true,
    columns: [
      whole("group", "Group"),
      { name: "set", title: "Set" },
      whole("image", "Image"),
      { name: "class", title: "Class" },
      { name: "labels", title: "Labels of the group" }
    ],
    rows: ordered.flatMap((group: EqualGroup, i) =>
      group.members.map(
        ({ split, index, label }): ReadonlyArray<Cell> => [
          i + 1,
          shownSet(split),
          index,
          names[label],
          group.conflict ? "differ" : "equal"
        ]
      )
    )
  }
}

export function pairTable({ names, survey: { pairs } }: DataReport): Table {
  return {
    name: "pairs",
    title: "Nearly equal images",
    folded: true,
    columns: [
      { name: "set_a", title: "Set", group: "First" },
      whole("image_a", "Image", "First"),
      { name: "class_a", title: "Class", group: "First" },
      { name: "set_b", title: "Set", group: "Second" },
      whole("image_b", "Image", "Second"),
      { name: "class_b", title: "Class", group: "Second" },
      whole("bits", "Bits that differ"),
      { name: "correlation", title: "Correlation", format: (value) => value.toFixed(4) }
    ],
    rows: pairs.map(({ a, b, bits, correlation }) => [
      shownSet(a.split),
      a.index,
      names[a.label],
      shownSet(b.split),
      b.index,
      names[b.label],
      bits,
      correlation
    ])
  }
}
