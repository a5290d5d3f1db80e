/** How binary files of other kinds begin, in hex, and what they are. */
const MAGIC: readonly (readonly [RegExp, string])[] = [
  [/^47475546|^(6c6d|666d|746a)6767/, "a GGUF file"],
  [/^504b0304/, "a zip archive, as torch.save makes (.pt, .bin, .ckpt)"],
  [/^800[2-5]/, "a Python pickle, as torch.save made (.pt, .bin, .ckpt)"],
  [/^894844460d0a/, "an HDF5 file (.h5)"],
  [/^934e554d5059/, "a NumPy array (.npy)"],
  [/^1f8b/, "a gzip archive"],
];

/** The same for text. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/git-lfs/,
    "a Git LFS pointer in the place of the file, which git lfs pull fetches",
  ],
  [
    /^\s*<(?:!doctype|html|head|body|!--|\?xml)/i,
    "a web page in the place of the file",
  ],
];

/** Bytes of a file that tell its kind. */
export const BEGINNING = 64;

/** What a file of another kind is, by its first bytes; undefined for what is not known. */
export function foreignFile(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, BEGINNING);
  const hex = start.toHex();
  const text = new TextDecoder().decode(start);
  const found = MAGIC.find(([magic]) => magic.test(hex)) ??
    TEXTS.find(([beginning]) => beginning.test(text));
  return found?.[1];
}
