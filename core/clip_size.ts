/** Size of a clip: pictures and pixels. */
export interface ClipSize {
  /** Pictures. */
  readonly frames: number;
  /** Pixels from top to bottom. */
  readonly height: number;
  /** Pixels from left to right. */
  readonly width: number;
}
