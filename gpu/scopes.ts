const FILTERS = ["validation", "out-of-memory", "internal"] as const;

/**
 * What `work` makes, and what the device says against it. Scopes are opened and
 * closed within one call, so that no other work falls into them.
 */
export function scoped<T>(
  device: GPUDevice,
  work: () => T,
): { readonly made: T; readonly error: Promise<GPUError | undefined> } {
  for (const filter of FILTERS) device.pushErrorScope(filter);
  const close = () => worst(FILTERS.map(() => device.popErrorScope()));
  try {
    const made = work();
    return { made, error: close() };
  } catch (error) {
    close();
    throw error;
  }
}

/** The error to tell: what memory lacks first, for other errors follow from it. */
async function worst(
  scopes: readonly Promise<GPUError | null>[],
): Promise<GPUError | undefined> {
  const results = await Promise.allSettled(scopes);
  const errors = results.flatMap((result) =>
    result.status === "fulfilled" && result.value ? [result.value] : []
  );
  return errors.find(isOutOfMemory) ?? errors[0];
}

/** Whether memory was what lacked. */
export function isOutOfMemory(error: GPUError): boolean {
  return error instanceof GPUOutOfMemoryError;
}
