import type { Clip, ClipShape } from "../io/video/clip.ts";
import { type ClipStream, collectClip } from "../io/video/clip_stream.ts";
import { writeVideo, writtenSize } from "../io/video/write.ts";

/** Prompt, seed, settings and the like: all that it takes to make a clip again, under the names of metrics and records. */
export type ClipRecord = Readonly<Record<string, unknown>>;

/** How a clip is saved. */
export interface SaveOptions {
  /** Whole factor of enlargement; by default the longer side comes to at least 256 pixels. */
  readonly scale?: number | undefined;
  /** Told of frames that were decoded and handed to the file. */
  readonly onFrames?: (count: number) => void;
}

/** A clip that a pipeline made. Its frames are decoded as they are asked for, by that pipeline. */
export class GeneratedClip implements ClipStream {
  /** Number of frames. */
  readonly frames: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /** Frames shown in a second. */
  readonly fps: number;
  readonly #stream: ClipStream;

  /** The frames, and how they came about. */
  constructor(stream: ClipStream, readonly record: ClipRecord) {
    const { frames, height, width, fps }: ClipShape = stream;
    [this.frames, this.height, this.width] = [frames, height, width];
    this.fps = fps;
    this.#stream = stream;
  }

  /** Its frames in order, some at a time. */
  parts(): AsyncIterable<Clip> {
    return this.#stream.parts();
  }

  /** All frames as one. */
  pixels(): Promise<Clip> {
    return collectClip(this);
  }

  /**
   * Writes a file as writeVideo() does, in the format that its ending names;
   * the record is inside. Resolves to the record with the size that was
   * written. Throws InputError for another ending or what cannot be written.
   */
  async save(path: string, options: SaveOptions = {}): Promise<ClipRecord> {
    const { scale, onFrames } = options;
    const { frames, height, width, fps } = this;
    const written = writtenSize(path, this, scale);
    const metadata = {
      ...this.record,
      scale: written.scale,
      written_height: written.height,
      written_width: written.width,
    };
    const parts = this.parts.bind(this);
    const counted: ClipStream = {
      ...{ frames, height, width, fps },
      async *parts() {
        for await (const part of parts()) {
          onFrames?.(part.frames);
          yield part;
        }
      },
    };
    await writeVideo(path, counted, {
      metadata,
      ...(scale !== undefined && { scale }),
    });
    return metadata;
  }
}
