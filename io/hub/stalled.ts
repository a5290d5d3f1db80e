/** How long a line may be silent before it is taken to be dead. */
const SILENCE_MS = 30_000;

function silent(ms: number): Error {
  return new Error(`nothing came for ${ms / 1000} seconds`);
}

/** Asks for a URL; gives up if no answer begins in time, and leaves its body alone. */
export async function fetchOrStall(
  url: string,
  headers: Readonly<Record<string, string>>,
  ms = SILENCE_MS,
): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(silent(ms)), ms);
  try {
    return await fetch(url, { headers, signal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** The pieces of a body; throws if one does not come in time. */
export async function* piecesOrStall(
  body: ReadableStream<Uint8Array> | null,
  ms = SILENCE_MS,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    for (;;) {
      const stalled = Promise.withResolvers<never>();
      const timer = setTimeout(() => stalled.reject(silent(ms)), ms);
      const next = reader?.read() ?? { done: true, value: undefined };
      const { done, value } = await Promise.race([next, stalled.promise])
        .finally(() => clearTimeout(timer));
      if (done) return;
      yield value!;
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}
