/** The README with another summary: that of the page of findings, given as Markdown. */
export function withSummary(readme: string, page: string): string
