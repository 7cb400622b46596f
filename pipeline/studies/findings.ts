import * as Schema from "effect/Schema"
import { defineStudy } from "../../src/graph/study.ts"
import { type FindingsParameters, findings as page } from "../stages/findings.ts"

/** The paper's questions, the studies that answer them (those whose reports are kept with the program), and what others' work would predict. */
const questions: FindingsParameters["questions"] = [
  {
    id: "equal",
    title: "Is one broad layer as good as a stack?",
    claimed:
      "over 6,912 configurations on MNIST and CIFAR10, residual layers in sequence and the same layers side by side come to about equal losses (Bermeitinger, Hrycej & Handschuh, arXiv 2309.08414).",
    studies: ["paper"],
    neighbours: [
      {
        source: "Abdi & Nahavandi, arXiv 1609.05672",
        predicts: "blocks of parallel layers are as good, above a threshold of depth better"
      },
      {
        source: "arXiv 2506.14386",
        predicts: "what has paths of many lengths is better than any fixed depth, at equal trainability"
      }
    ]
  },
  {
    id: "datasets",
    title: "And on more complex data?",
    claimed: "left open by the paper, which asks for other data sets.",
    studies: ["datasets"],
    neighbours: [
      {
        source: "Urban et al., arXiv 1603.05691",
        predicts: "the harder the images, the more convolutional layers in sequence are needed"
      },
      { source: "arXiv 2309.08414", predicts: "no difference, wherever Q is the same" }
    ]
  },
  {
    id: "optimizers",
    title: "And when both are optimized better?",
    claimed: "left open by the paper, which trains by RMSprop and asks for methods of second order.",
    studies: ["optimizers", "teacher"],
    neighbours: [
      {
        source: "Bermeitinger, Hrycej & Handschuh, arXiv 1907.08475",
        predicts: "conjugate gradient finds worse minima with deep networks than with shallow ones"
      },
      {
        source: "the same, arXiv 2209.07219",
        predicts:
          "conjugate gradient is ahead of RMSprop where the nonlinearity is moderate, neither where it is strong"
      }
    ]
  },
  {
    id: "overfitting",
    title: "Which overfits more, at equal parameters?",
    claimed:
      "the share of noise that is fitted falls like 1/Q, whatever the depth; in Table 2 parallel networks have the smaller gap in 7 of 8 cells.",
    studies: ["overfitting", "subset"],
    neighbours: [
      {
        source: "arXiv 2406.11463",
        predicts:
          "at equal parameters the number of examples that can be fitted differs by architecture: Q alone does not tell it"
      },
      {
        source: "Bermeitinger, Hrycej & Handschuh, arXiv 2410.16523",
        predicts: "a part of the images is enough while its Q stays well above 1"
      }
    ]
  },
  {
    id: "depth",
    title: "How shallow may it get?",
    claimed: "the paper compares the two ends; the depths between are not in it.",
    studies: ["distil"],
    neighbours: [
      {
        source: "arXiv 2407.09298, 2502.02790",
        predicts: "trained layers may run in pairs side by side at little cost, most of which training wins back"
      },
      {
        source: "Urban et al., arXiv 1603.05691",
        predicts: "students need several layers in sequence, also when they are distilled"
      }
    ]
  },
  {
    id: "expansion",
    title: "Does the Taylor expansion explain it?",
    claimed:
      "the first two terms of the expansion of a stack are the parallel network; were that why both are alike, the rest would be small.",
    studies: ["expansion", "expansion-paper", "lesion"],
    neighbours: [
      {
        source: "Veit, Wilber & Belongie 2016",
        predicts:
          "short paths carry the gradient, so the terms of low order dominate, and layers can be left out and shuffled, the error growing smoothly"
      },
      {
        source: "arXiv 2407.09298, 2502.02790",
        predicts:
          "but for the first and last, trained layers can be skipped, swapped and run side by side at little cost"
      },
      {
        source: "Dherin & Munn, arXiv 2510.03470",
        predicts: "the scale of the branch governs how much the higher orders have"
      },
      {
        source: "Jastrzębski et al., arXiv 1710.04773",
        predicts: "late layers refine what early ones have found, along the gradient"
      }
    ]
  },
  {
    id: "shortcuts",
    title: "Are identity shortcuts why depth can be trained?",
    claimed:
      "gradients vanish in deep stacks, and residual connections, an identity beside each layer, are what alleviates it.",
    studies: ["mechanisms"],
    neighbours: [
      {
        source: "Mehmeti-Göpel & Wand, arXiv 2506.14386",
        predicts:
          "networks with paths of many lengths are better than those of one length also where training is no obstacle"
      },
      {
        source: "Mehmeti-Göpel & Disselhoff, arXiv 2211.17180",
        predicts: "of all nonlinearities on the ways through a trained network few are needed"
      },
      {
        source: "Jastrzębski et al., arXiv 1710.04773",
        predicts: "what late layers add points along −∂L/∂h"
      }
    ]
  },
  {
    id: "q",
    title: "Is Q what matters, whatever else is changed?",
    claimed:
      "what is fitted and what is not follows from Q, the ratio of what is asked to the parameters, not from depth.",
    studies: ["ablation"],
    neighbours: [
      {
        source: "Dherin & Munn, arXiv 2510.03470",
        predicts: "the scale of the branch controls capacity, so it governs how far deep and shallow are apart"
      },
      {
        source: "Abdi & Nahavandi, arXiv 1609.05672",
        predicts: "depth may be exchanged for layers side by side, down to a threshold"
      }
    ]
  }
]

/** What has been found: the page over all studies' claims, and the README's summary (`npm run findings`). */
export const findings = () =>
  defineStudy({
    name: "findings",
    title: "What has been found: the claims of all studies' reports, under the paper's questions",
    settings: Schema.Struct({}),
    values: {},
    nodes: () => [
      page.node(
        {
          title: "What has been found",
          lead: "The paper's questions, one by one: what it claims, what the studies here have found and how sure that is, and what others' work would predict. A claim is decided where its test, corrected for the number of tests, says so; all others are open, and their study's page says what would decide them.",
          questions
        },
        { name: "all", publish: "reports" }
      )
    ]
  })
