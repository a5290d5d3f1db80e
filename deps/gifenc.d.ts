/** Up to 256 colours as [red, green, blue]. */
export type Palette = number[][];

/** A GIF being written; the first frame's palette is the global one. */
export interface Encoder {
  writeFrame(
    index: Uint8Array,
    width: number,
    height: number,
    options: { palette?: Palette; delay: number },
  ): void;
  finish(): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

declare const gifenc: {
  GIFEncoder(): Encoder;
  /** A palette of at most `maxColors`; `rgba` must own its whole buffer. */
  quantize(rgba: Uint8Array, maxColors: number): Palette;
  /** The palette index of each pixel; `rgba` must own its whole buffer. */
  applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array<ArrayBuffer>;
};
export default gifenc;
