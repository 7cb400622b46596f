/** Measured rates of passes through the examples, by which reports on methods of training tell costs. */
export const METHOD_RATES = "pipeline/method-rates.json"
