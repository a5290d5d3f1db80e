import { resolve } from "@std/path";
import { InputError } from "../../core/errors.ts";
import { ONLY_VIDEO_FILES } from "./containers.ts";
import { requireProgram, start } from "./ffmpeg.ts";

/** What a video file says about its (first) video. */
export interface VideoInfo {
  /** As FFmpeg names it: `h264`, `vp9`, `rawvideo`, `gif`. */
  readonly codec: string;
  /** Pixels from left to right, as stored: before any rotation. */
  readonly width: number;
  /** Pixels from top to bottom, as stored. */
  readonly height: number;
  /** Frames a second. */
  readonly fps: number;
  /** Pictures in the file, as far as it says. */
  readonly frames: number;
  /** How long the pictures last, if the file says so. */
  readonly seconds?: number;
}

/** A path as FFmpeg reads it: never taken for a network address, an option or a list of other files. */
export function inputArguments(path: string): string[] {
  return [...ONLY_VIDEO_FILES, "-i", `file:${resolve(path)}`];
}

/**
 * Reads a video file's codec, size and length with ffprobe. Throws an
 * InputError if the file is missing or no video, or if ffprobe is.
 */
export async function probeVideo(path: string): Promise<VideoInfo> {
  const ffprobe = await requireProgram("ffprobe", `Reading ${path}`);
  await checkFile(path);
  const found = await show(ffprobe, path, []);
  if (!found.codec || !found.width || !found.height || !found.fps) {
    throw new InputError(
      `${path} is no video: ffprobe finds no pictures in it`,
    );
  }
  if (found.frames > 0) return found;
  // Some containers do not say it; counting reads the whole file.
  return await show(ffprobe, path, ["-count_packets"]);
}

async function checkFile(path: string): Promise<void> {
  const info = await Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (!info) throw new InputError(`Video file ${path} does not exist`);
  if (info.isFile) return;
  const what = info.isDirectory ? "folder" : "pipe or device";
  throw new InputError(`${path} is no video but a ${what}`);
}

const ENTRIES = "stream=codec_name,width,height,r_frame_rate," +
  "avg_frame_rate,nb_frames,nb_read_packets,duration:stream_tags=DURATION";

/** What ffprobe prints: counts and rates come as text. */
interface Report {
  readonly streams?: readonly {
    readonly codec_name?: string;
    readonly width?: number;
    readonly height?: number;
    readonly r_frame_rate?: string;
    readonly avg_frame_rate?: string;
    readonly nb_frames?: string;
    readonly nb_read_packets?: string;
    readonly duration?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }[];
}

async function show(
  ffprobe: string,
  path: string,
  more: readonly string[],
): Promise<VideoInfo> {
  // V: videos, but not the cover of a sound file.
  const process = start(ffprobe, [
    ...["-v", "error", ...more, "-select_streams", "V:0"],
    ...["-show_entries", ENTRIES, "-of", "json", ...inputArguments(path)],
  ]);
  const text = await new Response(process.stdout).text();
  const { success, log } = await process.ended;
  if (!success) {
    const refused = /\[(\w+)[^\n]*Format not on whitelist/.exec(log);
    const reason = refused
      ? `its format is ${refused[1]}`
      : log.split("\n").at(-1)?.split(": ").at(-1);
    throw new InputError(`${path} is no video that ffprobe reads: ${reason}`);
  }
  const { streams: [video = {}] = [] }: Report = JSON.parse(text);
  const { codec_name: codec = "", width = 0, height = 0 } = video;
  const base = rate(video.r_frame_rate);
  const seconds = Number(video.duration ?? clock(video.tags?.["DURATION"]));
  return {
    codec,
    width,
    height,
    // Files of uneven speed give the tick of their clock as the base rate.
    fps: base <= 240 ? base : rate(video.avg_frame_rate),
    frames: Number(video.nb_frames ?? video.nb_read_packets ?? 0),
    ...(seconds > 0 && { seconds }),
  };
}

/** Seconds of `00:00:02.251000000`, as Matroska's tag has them. */
function clock(time = ""): number {
  return time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
}

function rate(fraction = "0/1"): number {
  const [count = 0, per = 1] = fraction.split("/").map(Number);
  return per === 0 ? 0 : count / per;
}
