/** What the tests need of jsdom, which has no types of its own. */
declare module "jsdom" {
  interface Element {
    readonly textContent: string
    readonly children: ArrayLike<Element>
    readonly classList: { contains(name: string): boolean }
    hidden: boolean
    value: string
    click(): void
    getAttribute(name: string): string | null
    querySelector(selector: string): Element | null
    querySelectorAll(selector: string): ArrayLike<Element> & Iterable<Element>
    dispatchEvent(event: object): boolean
  }
  export class JSDOM {
    constructor(html: string, options?: { readonly runScripts?: "dangerously"; readonly pretendToBeVisual?: boolean })
    readonly window: {
      readonly document: Element
      readonly Event: new (type: string) => object
      eval(code: string): unknown
      close(): void
    }
  }
}
