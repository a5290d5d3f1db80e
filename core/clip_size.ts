/** Size of a clip. */
export interface ClipSize {
  /** Frames. */
  readonly frames: number;
  /** Height in pixels. */
  readonly height: number;
  /** Width in pixels. */
  readonly width: number;
}
