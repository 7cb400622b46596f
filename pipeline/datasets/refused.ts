/** Data sets that people look for beside those that are here, and that cannot be: by name, with the reason. */

const SEVERAL =
  "ChestMNIST is not among the data sets: its images are of several of 14 classes at once, or of none, and a network's loss and accuracy are of one class for each image here"
const VOLUMES =
  "MedMNIST's sets of volumes are not among the data sets: their images have three dimensions, networks here two"

const VOLUME_SETS = [
  "organmnist3d",
  "nodulemnist3d",
  "adrenalmnist3d",
  "fracturemnist3d",
  "vesselmnist3d",
  "synapsemnist3d"
]

export const refused: Readonly<Record<string, string>> = Object.fromEntries([
  ...["chestmnist", "chestmnist-64", "chestmnist-128", "chestmnist-224"].map((name) => [name, SEVERAL]),
  ...VOLUME_SETS.flatMap((name) => [name, `${name}-64`]).map((name) => [name, VOLUMES])
])
