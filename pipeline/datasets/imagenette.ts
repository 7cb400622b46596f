import { dataSet, type ImageDataSet } from "./dataset.ts"

const archive = "imagenette2-160.tgz"
/** As torchvision's class Imagenette has it; its 98,948,031 bytes stand in TensorFlow Datasets' checksums. */
const digest = "md5:e793b78cc4c9e9a4ccc0c1155377a412"

/**
 * Imagenette, ten classes of ImageNet that are easily told apart (https://github.com/fastai/imagenette), from the pictures
 * whose shorter side is 160: the middle of each, in colour.
 */
export const imagenetteOf = (side: number): ImageDataSet =>
  dataSet({
    name: side === 64 ? "imagenette" : `imagenette-${side}`,
    title: `Imagenette: 13,394 photographs (Howard 2019; the middle, ${side}×${side}, colour, 10 classes)`,
    source: {
      kind: "published",
      format: "folders",
      train: [archive, "imagenette2-160/train"],
      test: [archive, "imagenette2-160/val"],
      files: { [archive]: digest },
      archives: [{ name: archive, digest, holds: [archive] }],
      size: "crop"
    },
    places: {
      folders: ["imagenette", "imagenette2"],
      addresses: { [archive]: [`https://s3.amazonaws.com/fast-ai-imageclas/${archive}`] }
    },
    shape: { count: 9469, test: 3925, channels: 3, height: side, width: side, classes: 10 },
    validation: 1500,
    splitSeed: 0
  })

/** At 64×64; a line `imagenetteOf(160)` in pipeline.ts takes all that the pictures have. */
export const imagenette = imagenetteOf(64)

/** As large as CIFAR's images: the set of the study `datasets` that comes from a folder of pictures. */
export const imagenette32 = imagenetteOf(32)
