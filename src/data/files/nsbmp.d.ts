/** The part of `@cwasm/nsbmp` that is used: it is installed when it is first needed, so its own types may not be here. */
declare module "@cwasm/nsbmp" {
  /** RGBA [H, W, 4]. Throws where the bytes are no BMP file. */
  export function decode(bytes: Uint8Array): {
    readonly width: number
    readonly height: number
    readonly data: Uint8ClampedArray
  }
}
