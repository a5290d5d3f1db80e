/**
 * The kinds of video files that are read: FFmpeg's name of the container, and
 * the endings of its files. No kind is among them that names other files, as
 * playlists do: those could lead out of the folder that was named.
 */
const CONTAINERS: Readonly<Record<string, string>> = {
  apng: ".apng",
  asf: ".asf .wmv",
  avi: ".avi .divx",
  dv: ".dv",
  flv: ".f4v .flv",
  gif: ".gif",
  h264: ".264 .h264",
  hevc: ".265 .h265 .hevc",
  ivf: ".ivf",
  m4v: "", // MPEG-4 without a container
  matroska: ".mk3d .mkv .webm",
  mjpeg: ".mjpeg .mjpg",
  mov: ".3g2 .3gp .m4v .mov .mp4 .mp4v .mqv .qt",
  mpeg: ".mpe .mpeg .mpg .vob",
  mpegts: ".m2ts .mts .ts",
  mpegvideo: ".m1v .m2v .mpv",
  mxf: ".mxf",
  nut: ".nut",
  obu: ".obu",
  ogg: ".ogm .ogv",
  rm: ".rm .rmvb",
  wtv: ".wtv",
  yuv4mpegpipe: ".y4m",
};

/** The endings of video files, in small letters. */
export const VIDEO_ENDINGS: readonly string[] = Object.values(CONTAINERS)
  .flatMap((endings) => endings.split(" ")).filter(Boolean).sort();

/** What FFmpeg may take a file for, and that it may open nothing but files. */
export const ONLY_VIDEO_FILES: readonly string[] = [
  ...["-protocol_whitelist", "file"],
  ...["-format_whitelist", Object.keys(CONTAINERS).join(",")],
];
