/** The part of `sharp` that is used: it is installed when it is first needed, so its own types may not be here. */
declare module "sharp" {
  interface Metadata {
    readonly format?: string
    readonly width: number
    readonly height: number
    readonly space?: string
    readonly channels?: number
    readonly depth?: string
    readonly hasAlpha?: boolean
    readonly orientation?: number
  }
  interface Raw {
    readonly data: Uint8Array
    readonly info: { readonly width: number; readonly height: number; readonly channels: number }
  }
  interface Sharp {
    metadata(): Promise<Metadata>
    pipelineColourspace(space: string): Sharp
    toColourspace(space: string): Sharp
    autoOrient(): Sharp
    raw(options: { readonly depth: "uchar" | "ushort" }): Sharp
    toBuffer(options: { readonly resolveWithObject: true }): Promise<Raw>
  }
  interface Options {
    readonly limitInputPixels: number
    readonly failOn: "none" | "truncated" | "error" | "warning"
    readonly ignoreIcc: boolean
  }
  function sharp(bytes: Uint8Array, options: Options): Sharp
  namespace sharp {
    function cache(options: false): void
    function concurrency(threads: number): void
  }
  export default sharp
}
