/** The training module for standardized images: train.ts, with the channels' statistics at `statisticsAt()`. */
export * from "./train"
export { statisticsAt } from "./gather"
