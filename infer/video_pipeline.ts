import { InputError } from "../core/errors.ts";
import type { Gpu } from "../gpu/device.ts";
import {
  type AskedSettings,
  checkNumber,
  settingsAsked,
} from "./asked_settings.ts";
import { type ClipRecord, GeneratedClip } from "./generated_clip.ts";
import { type Emit, Generation } from "./generation.ts";
import type { ModelSettings } from "./model_settings.ts";
import type { LoadedPipeline, PipelineSource } from "./pipeline_source.ts";
import { previewFrame } from "./preview.ts";
import { callsAStep, promptTexts } from "./sample.ts";

/** A clip to make. Settings that it does not name are the pipeline's. */
export interface GenerateRequest extends AskedSettings {
  /** What it shows. */
  readonly prompt: string;
  /** The negative prompt; needs guidance. */
  readonly negative?: string | undefined;
  /** Decides the noise, 0 to 2^32 - 1; random by default, see the clip's record. */
  readonly seed?: number | undefined;
}

/** A request with all that it left open. */
export interface PlannedClip {
  /** What it shows. */
  readonly prompt: string;
  /** What to lead away from; empty for nothing. */
  readonly negative: string;
  /** Decides the noise. */
  readonly seed: number;
  /** All settings. */
  readonly settings: ModelSettings;
  /** What the text encoder is asked for. */
  readonly texts: readonly string[];
  /** How its size differs from the one that was asked for. */
  readonly note?: string;
}

/** What a pipeline is made of. */
export interface PipelineState {
  /** The model, as it was opened. */
  readonly source: PipelineSource;
  /** Its parts on the GPU. */
  readonly loaded: LoadedPipeline;
  /** What clips are made with unless they say otherwise. */
  readonly settings: ModelSettings;
  /** Whether the memory that clips of these settings take was limited. */
  readonly limited: boolean;
  /** Entries of each clip's record. */
  readonly record: ClipRecord;
  /** Told of clips to come, it says what may surprise about them. */
  readonly onPlanned: (clips: readonly PlannedClip[]) => void;
  /** What goes with the pipeline. */
  readonly owned: Disposable;
}

/** Throws InputError if the model cannot do what is asked. */
export function planClip(
  source: PipelineSource,
  own: ModelSettings,
  request: GenerateRequest,
): PlannedClip {
  const { prompt, negative = "" } = request;
  if (prompt.trim() === "") {
    throw new InputError("Prompt: found no words, accepted is a text");
  }
  checkNumber("seed", request.seed);
  const asked = settingsAsked(own, request);
  const { size, note } = source.madeSize(asked.size);
  const settings = { ...asked, size };
  const seed = request.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const texts = promptTexts([prompt], negative, settings.guidance);
  source.check(texts, settings);
  return { prompt, negative, seed, settings, texts, ...(note && { note }) };
}

/** A model that makes clips from prompts: see {@link loadPipeline}. */
export class VideoPipeline implements Disposable, AsyncDisposable {
  readonly #state: PipelineState;
  readonly #running = new Set<Generation>();
  #disposed = false;
  #freed = false;

  /** The parts are loaded and fit each other. */
  constructor(state: PipelineState) {
    this.#state = state;
  }

  /** What clips are made with unless they say otherwise. */
  get settings(): ModelSettings {
    return this.#state.settings;
  }

  /** The model's files, as they were opened and checked. */
  get source(): PipelineSource {
    return this.#state.source;
  }

  /** Where it is loaded. */
  get gpu(): Gpu {
    return this.loaded.pipeline.gpu;
  }

  /** The parts on the GPU, for what `generate` does not do. */
  get loaded(): LoadedPipeline {
    return this.#state.loaded;
  }

  /**
   * Makes a clip: await it, or iterate over its progress first. What the model
   * cannot do is an InputError of the result.
   */
  generate(request: GenerateRequest): Generation {
    const made = new Generation(async (emit) => {
      this.#running.add(made);
      try {
        return await this.#make(request, emit);
      } finally {
        this.#running.delete(made);
      }
    });
    return made;
  }

  async #make(request: GenerateRequest, emit: Emit): Promise<GeneratedClip> {
    this.#check("make a clip");
    const { source, loaded: { pipeline }, record, onPlanned } = this.#state;
    const planned = planClip(source, this.settings, request);
    this.#checkLimit(planned.settings);
    source.checkOn(this.gpu, planned.settings);
    const { prompt, negative, seed, settings } = planned;
    onPlanned([planned]);
    const { steps, size } = settings;
    const stream = await pipeline.stream(planned, settings, {
      progress: (phase, done, total) => {
        if (phase === "decode" || done > 0) return; // steps come with their pictures
        emit({ phase, done, total }).catch(() => {}); // the next step stops
      },
      onStep: (step) =>
        emit({
          phase: "denoise",
          done: step.done,
          total: steps,
          preview: () => previewFrame(pipeline, step, size),
        }),
    });
    const parts = stream.parts.bind(stream);
    const checked = () => {
      this.#check("decode a clip");
      return parts();
    };
    return new GeneratedClip({ ...stream, parts: checked }, {
      prompt,
      negative,
      seed,
      steps,
      guidance: settings.guidance,
      guidance_rule: settings.guidanceRule,
      shift: settings.shift,
      sampler: settings.sampler,
      flow_grid: settings.grid,
      ...size,
      fps: settings.fps,
      ...record,
    });
  }

  #check(what: string): void {
    if (this.#disposed) {
      throw new Error(`Cannot ${what}: its pipeline was disposed`);
    }
  }

  /** What was not counted when the weights were placed may not fit. */
  #checkLimit({ size, guidance }: ModelSettings): void {
    const { limited, settings: own } = this.#state;
    const same = size.frames === own.size.frames &&
      size.height === own.size.height && size.width === own.size.width &&
      callsAStep(guidance) <= callsAStep(own.guidance);
    if (!limited || same) return;
    const { frames, height, width } = own.size;
    throw new InputError(
      `Cannot make ${size.frames} frames of ${size.height}x${size.width} with guidance ${guidance} under a limit of memory: the pipeline was loaded for ${frames} frames of ${height}x${width} with guidance ${own.guidance}`,
    );
  }

  /** Gives clips in the making up, and all memory back: at once, or when they have come to a stop. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#running.size === 0) this.#free();
    else void this[Symbol.asyncDispose]();
  }

  /** As dispose; resolves once the memory is back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#running].map((clip) => clip.stop()));
    this.#free();
  }

  #free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#state.loaded.pipeline[Symbol.dispose]();
    this.#state.owned[Symbol.dispose]();
  }
}
