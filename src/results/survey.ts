/** Output `summary.json` of the stage data: what a data set is like, in numbers. */
import { list, number, orNull, type Read, record, text, whole } from "../data/json.ts"
import { type Artifact, readJson, writeJson } from "./artifact.ts"

const alike = () => record({ train: whole, test: whole, between: whole })
const split = () =>
  record({
    count: whole,
    classes: list(whole), // images of each class
    means: list(number), // of each channel, of pixel / 255
    deviations: list(number),
    constant: whole
  })
const summary = () =>
  record({
    dataset: text,
    title: text,
    channels: whole,
    height: whole,
    width: whole,
    names: list(text), // of the classes
    train: split(),
    test: orNull(split()),
    /** Images with an equal one before them in their split; test images that are among the training images. */
    equal: alike(),
    /** Images with another nearly like them in their split; test images with one among the training images. */
    near: alike(),
    conflicts: record({ groups: whole, images: whole })
  })
export type DataSummary = Read<typeof summary>

export const SUMMARY = "summary.json"

export const writeSummary = (value: DataSummary): Uint8Array => writeJson(value)

/** Throws `ArtifactError`. */
export const readSummary = (artifact: Artifact): DataSummary => readJson(artifact, summary())
