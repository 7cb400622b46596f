/** The whole pipeline: data sets, stages and studies. A new one of each is a file beside its like and a line here. */
// What the kernels are, compiled or not, is known before anything is planned.
import "../src/engine/wasm/ready.mjs"
import { definePipeline } from "../src/graph/pipeline.ts"
import { cifar10 } from "./datasets/cifar10.ts"
import { cifar100, cifar100Fifth } from "./datasets/cifar100.ts"
import { digits } from "./datasets/digits.ts"
import { digitsHalved } from "./datasets/digits-halved.ts"
import { digitsQuartered } from "./datasets/digits-quartered.ts"
import { emnist } from "./datasets/emnist.ts"
import { fashionMnist } from "./datasets/fashion-mnist.ts"
import { imagenette, imagenette32 } from "./datasets/imagenette.ts"
import { kmnist } from "./datasets/kmnist.ts"
import { medMnistSets } from "./datasets/medmnist.ts"
import { mnist } from "./datasets/mnist.ts"
import { refused } from "./datasets/refused.ts"
import { svhn } from "./datasets/svhn.ts"
import { ablationReport } from "./stages/ablation-report.ts"
import { build } from "./stages/build.ts"
import { capacity } from "./stages/capacity.ts"
import { classes } from "./stages/classes.ts"
import { corrupt, testSet } from "./stages/corrupt.ts"
import { data } from "./stages/data.ts"
import { datasetsReport } from "./stages/datasets-report.ts"
import { evaluate } from "./stages/evaluate.ts"
import { expand } from "./stages/expand.ts"
import { expansionReport } from "./stages/expansion-report.ts"
import { fetch } from "./stages/fetch.ts"
import { findings as findingsPage } from "./stages/findings.ts"
import { lesion as lesionStage } from "./stages/lesion.ts"
import { lesionReport } from "./stages/lesion-report.ts"
import { mechanism } from "./stages/mechanism.ts"
import { mechanismsReport } from "./stages/mechanisms-report.ts"
import { optimizersReport } from "./stages/optimizers-report.ts"
import { overfittingReport } from "./stages/overfitting-report.ts"
import { preprocess } from "./stages/preprocess.ts"
import { readout } from "./stages/readout.ts"
import { report } from "./stages/report.ts"
import { statistics } from "./stages/statistics.ts"
import { search, targets, train } from "./stages/train.ts"
import { ablation } from "./studies/ablation.ts"
import { datasets as dataSets } from "./studies/datasets.ts"
import { depth } from "./studies/depth.ts"
import { distil } from "./studies/distil.ts"
import { expansion } from "./studies/expansion.ts"
import { expansionPaper } from "./studies/expansion-paper.ts"
import { findings } from "./studies/findings.ts"
import { lesion } from "./studies/lesion.ts"
import { mechanisms } from "./studies/mechanisms.ts"
import { optimizers } from "./studies/optimizers.ts"
import { overfitting } from "./studies/overfitting.ts"
import { paper } from "./studies/paper.ts"
import { quick } from "./studies/quick.ts"
import { subset } from "./studies/subset.ts"
import { teacher } from "./studies/teacher.ts"

const more = [digitsQuartered, kmnist, ...emnist, svhn, imagenette, imagenette32]
const datasets = [digits, digitsHalved, mnist, fashionMnist, cifar10, cifar100, cifar100Fifth, ...medMnistSets, ...more]

export default definePipeline({
  datasets,
  refused,
  stages: [
    fetch,
    preprocess,
    testSet,
    corrupt,
    classes,
    statistics,
    data,
    build,
    targets,
    search,
    train,
    capacity,
    evaluate,
    expand,
    readout,
    lesionStage,
    mechanism,
    report,
    expansionReport,
    optimizersReport,
    datasetsReport,
    overfittingReport,
    lesionReport,
    mechanismsReport,
    ablationReport,
    findingsPage
  ],
  studies: [
    quick(datasets),
    paper(datasets),
    depth(datasets),
    expansion(datasets),
    expansionPaper(datasets),
    optimizers(datasets),
    teacher(datasets),
    distil(datasets),
    subset(datasets),
    dataSets(datasets),
    overfitting(datasets),
    lesion(datasets),
    mechanisms(datasets),
    ablation(datasets),
    findings()
  ],
  default: ["quick"]
})
