/**
 * Files: safetensors and checkpoints, videos, and models of the hub.
 *
 * @example The tensors of a checkpoint
 * ```ts
 * import { Checkpoint } from "@qvgen/qvgen/io";
 *
 * using model = await Checkpoint.open("assets/tiny/vae");
 * for (const [name, { shape }] of model.tensors) console.log(name, shape);
 * ```
 *
 * @module
 */

// Text
export { readTokenizerFiles } from "./tokenizer_files.ts";

// Clips in memory and in video files
export type { ClipSize } from "../core/clip_size.ts";
export {
  type Clip,
  clipFromPlanar,
  type ClipShape,
  type Picture,
  planarFromClip,
} from "./video/clip.ts";
export { decodeClip } from "./video/decode.ts";
export { probeVideo, type VideoInfo } from "./video/probe.ts";
export type { ClipStream } from "./video/clip_stream.ts";
export { type WriteOptions, writeVideo } from "./video/write.ts";

// Models of the hub
export type { Hub, HubFile } from "./hub/api.ts";
export {
  type Downloaded,
  downloadModel,
  type DownloadRequest,
} from "./hub/download.ts";

// Where models are read from
export type { FileSource, FileStat, OpenFile } from "./file_source.ts";
export { diskFiles } from "./disk.ts";
export { webFiles } from "./web_files.ts";

// Checkpoints, pipelines and safetensors files
export type { JsonObject } from "../core/json.ts";
export { Checkpoint, type CheckpointOptions } from "./checkpoint.ts";
export {
  type CheckpointToWrite,
  writeCheckpoint,
} from "./checkpoint_writer.ts";
export type { ModelIndex } from "./model_index.ts";
export { type ElementRange, SafetensorsFile } from "./safetensors.ts";
export type { Dtype, StoredTensor, TensorInfo } from "./safetensors_header.ts";
export { type TensorToWrite, writeSafetensors } from "./safetensors_writer.ts";
