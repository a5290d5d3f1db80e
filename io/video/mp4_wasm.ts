import { type ClipStream, picturesOf } from "./clip_stream.ts";
import { finishMp4 } from "./mp4_box.ts";
import { rgba } from "./resize.ts";

/** The encoder takes whole rates that divide 90000; the file's clock is set right afterwards. */
const CODED_FPS = 10;

/**
 * An MP4 (H.264, 4:2:0) made without any program or permission. Sides must be
 * even. The same clip gives the same bytes; `comment` becomes the file's
 * comment tag.
 */
export async function encodeMp4Wasm(
  clip: ClipStream,
  comment?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = await createEncoder();
  let isOpen = false;
  try {
    encoder.width = clip.width;
    encoder.height = clip.height;
    encoder.frameRate = CODED_FPS;
    encoder.quantizationParameter = 16; // of 10..51, lower is better
    encoder.speed = 2; // of 0..10, lower is better
    encoder.initialize();
    isOpen = true;
    for await (const picture of picturesOf(clip)) {
      encoder.addFrameRgba(rgba(picture));
    }
    encoder.finalize();
    isOpen = false;
    const file = encoder.FS.readFile(encoder.outputFilename);
    encoder.FS.unlink(encoder.outputFilename);
    return finishMp4(file, { comment, tempo: clip.fps / CODED_FPS });
  } finally {
    if (isOpen) encoder.finalize(); // else it aborts
    encoder.delete();
  }
}

/** The wasm loader takes over the process's error events; they are given back. */
async function createEncoder() {
  // Not at the top: there a bundle for a browser would not load for it.
  const { default: process } = await import("node:process");
  const exceptions = process.listeners("uncaughtException");
  const rejections = process.listeners("unhandledRejection");
  const { default: h264 } = await import("h264-mp4-encoder");
  const encoder = await h264.createH264MP4Encoder();
  for (const listener of process.listeners("uncaughtException")) {
    if (exceptions.includes(listener)) continue;
    process.off("uncaughtException", listener);
  }
  for (const listener of process.listeners("unhandledRejection")) {
    if (rejections.includes(listener)) continue;
    process.off("unhandledRejection", listener);
  }
  return encoder;
}
