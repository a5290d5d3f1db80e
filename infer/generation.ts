import type { Picture } from "../io/video/clip.ts";
import type { GeneratedClip } from "./generated_clip.ts";

/** How far a clip is. */
export interface GenerationProgress {
  /** Reading the prompt, compiling and making the first step, or denoising. */
  readonly phase: "text" | "compile" | "denoise";
  /** Denoising steps made. */
  readonly done: number;
  /** All of them. */
  readonly total: number;
  /**
   * The first frame of the clip that a step is on its way to; undefined where
   * there is none yet. To be asked for before the next event is.
   */
  readonly preview?: () => Promise<Picture>;
}

/** Emits an event; resolves once the next one is asked for, rejects when nobody will. */
export type Emit = (event: GenerationProgress) => Promise<void>;

/**
 * A clip that is being made: await it for the clip, iterate over it for its
 * progress, or both. It begins with the first of them and never runs ahead of
 * who iterates; leaving the loop gives the clip up.
 */
export class Generation
  implements PromiseLike<GeneratedClip>, AsyncIterable<GenerationProgress> {
  readonly #events: AsyncGenerator<GenerationProgress, GeneratedClip, void>;
  readonly #clip = Promise.withResolvers<GeneratedClip>();
  #driven = false;

  /** `work` makes the clip. */
  constructor(work: (emit: Emit) => Promise<GeneratedClip>) {
    this.#events = eventsOf(work);
    this.#clip.promise.catch(() => {}); // who awaits is told; nobody must
  }

  /** Makes the clip, or the rest of it. */
  then<A = GeneratedClip, B = never>(
    onMade?: ((clip: GeneratedClip) => A | PromiseLike<A>) | null,
    onFailed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (!this.#driven) void this.#drive();
    return this.#clip.promise.then(onMade, onFailed);
  }

  /** Makes the clip step by step. */
  [Symbol.asyncIterator](): AsyncIterator<GenerationProgress, void, void> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.stop();
        return { done: true, value: undefined };
      },
    };
  }

  /** Gives the clip up, unless it is made; resolves once no work is left. */
  async stop(): Promise<void> {
    this.#clip.reject(givenUp());
    await this.#events.return(undefined as never);
  }

  async #drive(): Promise<void> {
    this.#driven = true;
    try {
      while (!(await this.#next()).done);
    } catch {
      return; // told to who awaits
    }
  }

  async #next(): Promise<IteratorResult<GenerationProgress, void>> {
    try {
      const { done, value } = await this.#events.next();
      if (!done) return { done: false, value };
      this.#clip.resolve(value);
      return { done: true, value: undefined };
    } catch (error) {
      this.#clip.reject(error);
      throw error;
    }
  }
}

function givenUp(): DOMException {
  return new DOMException("The clip was given up", "AbortError");
}

/** What `work` emits, one after the other, then its result. */
async function* eventsOf<T, R>(
  work: (emit: (event: T) => Promise<void>) => Promise<R>,
): AsyncGenerator<T, R, void> {
  const queue: { event: T; taken: PromiseWithResolvers<void> }[] = [];
  let arrived = Promise.withResolvers<void>();
  let current: PromiseWithResolvers<void> | undefined;
  let stopped = false;
  const result = work(async (event) => {
    if (stopped) throw givenUp();
    const taken = Promise.withResolvers<void>();
    queue.push({ event, taken });
    arrived.resolve();
    await taken.promise;
  });
  const ended = result.then(() => true, () => true);
  try {
    while (true) {
      const next = queue.shift();
      if (next !== undefined) {
        current = next.taken;
        yield next.event;
        current.resolve();
        continue;
      }
      const more = arrived.promise.then(() => false);
      if (await Promise.race([more, ended])) return await result;
      arrived = Promise.withResolvers();
    }
  } finally {
    stopped = true;
    current?.reject(givenUp());
    for (const { taken } of queue) taken.reject(givenUp());
    await ended;
  }
}
