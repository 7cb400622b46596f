import { dataSet } from "./dataset.ts"

/**
 * A data set in arrays of NumPy or in IDX files, to copy: paths are relative to the project, and its name goes into the
 * list `datasets` in pipeline.ts. A set may come in several parts. Images are [n, H, W], [n, H, W, C] or [n, C, H, W].
 */
export const exampleArrays = dataSet({
  name: "example-arrays",
  title: "Faces in arrays of NumPy (32×32, colour, 3 classes)",
  source: {
    kind: "arrays",
    train: [
      {
        images: { file: "data/faces.npz", array: "x_train" },
        labels: { file: "data/faces.npz", array: "y_train" }
      }
    ],
    // A file of one array is named by its path alone.
    test: [{ images: "data/faces-test.npy", labels: "data/faces-test-labels.npy" }],
    // Black and white, if they are others than the type says: 0 and 255 of uint8, 0 and 65535 of uint16, 0 and 1 of floats.
    range: [-1, 1],
    // The labels in the files, in the order of the classes; without it labels are numbered in their order.
    names: ["angry", "calm", "glad"]
  },
  shape: { count: 1200, test: 300, channels: 3, height: 32, width: 32, classes: 3 },
  validation: 200,
  splitSeed: 0
})
