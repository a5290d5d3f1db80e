/** Flags about what a command prints, for all that print results. */
export const OUTPUT_FLAGS = {
  json: {
    type: "boolean",
    default: false,
    help: "Print results as one JSON object, and an error too",
  },
  quiet: {
    type: "boolean",
    default: false,
    help: "No progress: warnings and results alone",
  },
} as const;
