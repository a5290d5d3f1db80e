/** Flags about what the GPU runs, for commands that run models. */
export const DEVICE_FLAGS = {
  tune: {
    type: "boolean",
    default: false,
    help:
      "Time the kernels' forms anew, though a table for the adapter is known",
  },
  profile: {
    type: "string",
    help:
      "Time every kernel: FILE.json is a trace for chrome://tracing or ui.perfetto.dev, FILE.txt the table",
    placeholder: "FILE",
  },
} as const;
