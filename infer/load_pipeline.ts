import { shown } from "../core/shown.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { type AskedSettings, settingsAsked } from "./asked_settings.ts";
import type { ClipRecord } from "./generated_clip.ts";
import { modelFiles, type ModelName } from "./model_files.ts";
import type { ModelSettings } from "./model_settings.ts";
import { cutWarning } from "./prompt.ts";
import { type OpenOptions, PipelineSource } from "./pipeline_source.ts";
import {
  type GenerateRequest,
  type PipelineState,
  planClip,
  VideoPipeline,
} from "./video_pipeline.ts";

/** How a pipeline is loaded. */
export interface LoadPipelineOptions extends OpenOptions {
  /** Settings that all clips are made with unless they say otherwise. */
  readonly settings?: AskedSettings;
  /**
   * Clips that are going to be made: refused now if they cannot be, and their
   * prompts read before the transformer takes the memory. Others may follow.
   */
  readonly requests?: readonly GenerateRequest[];
  /**
   * Most bytes of GPU memory while clips of these settings are denoised; weights
   * that do not fit are read from the files at every step. No limit by default.
   */
  readonly maxBytes?: number | undefined;
  /**
   * A GPU that stays yours, or what opens one that goes with the pipeline, once
   * everything else was checked. By default openGpu().
   */
  readonly gpu?: Gpu | ((settings: ModelSettings) => Promise<Gpu>);
  /** Further entries of each clip's record, in place of those of the same name. */
  readonly record?: ClipRecord;
  /** Told, in sentences, of what may surprise; by default they go to console.warn. */
  readonly onNote?: (sentence: string) => void;
}

/**
 * Loads a model that makes clips from prompts: `tiny`, the embedded one, or a
 * diffusers folder of Wan 2.1 or CogVideoX, on the disk, in the hub's cache by
 * its id, on a web server or in any other {@link FileSource}. The pipeline owns
 * its memory: declare it with `using`. Throws InputError, before any GPU is
 * opened, for a model or requests that it cannot do; AdapterError where there is
 * no GPU.
 *
 * @example A clip of the embedded model
 * ```ts
 * import { loadPipeline } from "@qvgen/qvgen";
 *
 * using pipeline = await loadPipeline("tiny");
 * const clip = await pipeline.generate({ prompt: "a red circle moving right" });
 * const path = await Deno.makeTempFile({ suffix: ".gif" });
 * await clip.save(path); // or .mp4, .webm, .apng, .png
 * await Deno.remove(path);
 * ```
 *
 * @example Progress, and a picture of the clip after every fourth step
 * ```ts
 * import { loadPipeline } from "@qvgen/qvgen";
 *
 * using pipeline = await loadPipeline("tiny", { settings: { steps: 8 } });
 * const clip = pipeline.generate({ prompt: "a green ring", seed: 7 });
 * for await (const { phase, done, total, preview } of clip) {
 *   console.log(phase, done, total);
 *   if (preview && done % 4 === 0) console.log((await preview()).width); // 32
 * }
 * console.log((await clip).frames); // 16
 * ```
 */
export async function loadPipeline(
  model: ModelName,
  options: LoadPipelineOptions = {},
): Promise<VideoPipeline> {
  const { requests = [], maxBytes: bytes, gpu: given = () => openGpu() } =
    options;
  const source = await PipelineSource.open(await modelFiles(model), options);
  const onNote = options.onNote ?? toConsole;
  for (const note of source.notes) onNote(note);
  const asked = settingsAsked(source.settings, options.settings ?? {});
  const { size, note } = source.madeSize(asked.size);
  if (note) onNote(note);
  const settings = { ...asked, size };
  const planned = requests.map((one) => planClip(source, settings, one));
  const onPlanned = surprisesTold(source, onNote);
  onPlanned(planned);
  const texts = [...new Set(planned.flatMap((clip) => clip.texts))];
  using stack = new DisposableStack();
  const gpu = typeof given === "function"
    ? stack.use(await given(settings))
    : given;
  for (const clip of planned) source.checkOn(gpu, clip.settings);
  const loaded = await source.load(
    gpu,
    texts,
    bytes === undefined ? undefined : { bytes, settings },
  );
  return new VideoPipeline({
    source,
    loaded,
    settings,
    limited: bytes !== undefined,
    record: {
      model: nameOf(model),
      ...(options.transformer && { transformer: options.transformer }),
      precision: source.precision,
      attention: options.attention ?? "f32",
      ...options.record,
    },
    onPlanned,
    owned: stack.move(),
  });
}

function nameOf(model: ModelName): string {
  if (typeof model === "string") return model;
  return model instanceof URL ? model.href : model.root;
}

function toConsole(sentence: string): void {
  console.warn(`qvgen: ${sentence}`);
}

/** Says of clips, once each, what is cut of their texts, which words a small model does not know, and what has no effect. */
function surprisesTold(
  source: PipelineSource,
  onNote: (sentence: string) => void,
): PipelineState["onPlanned"] {
  const told = new Set<string>();
  const fresh = (all: readonly string[]) =>
    all.filter((one) => !told.has(one) && told.add(one));
  return (clips) => {
    const texts = [...new Set(clips.flatMap((clip) => clip.texts))];
    const unused = clips.map(({ negative }) => negative)
      .filter((negative) => negative !== "" && !texts.includes(negative))
      .map((negative) =>
        `The negative prompt ${
          shown(negative)
        } has no effect: guidance is 1, which goes without`
      );
    const sizes = clips.flatMap(({ note = [] }) => note);
    fresh([...unused, ...sizes]).forEach(onNote);
    const cut = cutWarning(source.prompts, fresh(texts));
    if (cut !== undefined) onNote(cut);
    const { words, known } = source.unknownWords(texts.join(" "));
    const unknown = fresh(words);
    if (unknown.length === 0) return;
    onNote(
      `The model never saw ${unknown.join(", ")}; it knows: ${known.join(" ")}`,
    );
  };
}
