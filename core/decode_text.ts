import { InputError } from "./errors.ts";

/**
 * The text of bytes in UTF-8, or in UTF-16 where a byte order mark says so; the
 * mark is dropped. Nothing is guessed or replaced: other bytes, and the control
 * characters of other encodings, throw an InputError naming `path` and the line.
 */
export function decodeText(path: string, bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const replaced = new TextDecoder(encoding).decode(bytes);
    const before = replaced.slice(0, replaced.indexOf("\ufffd"));
    throw notText(path, before, `is not ${encoding.slice(0, 6).toUpperCase()}`);
  }
  const control = text.search(CONTROL);
  if (control >= 0) {
    const code = text.charCodeAt(control);
    const fault = `holds a control character, of code ${code}`;
    throw notText(path, text.slice(0, control), fault);
  }
  for (const { 0: word, index } of text.matchAll(/[\u0080-\u07ff]{3,}/g)) {
    if (ALPHABETS.filter((letter) => letter.test(word)).length < 3) continue;
    throw notText(path, text.slice(0, index), `reads "${word}" as UTF-8`);
  }
  return text;
}

// UTF-16 without its mark has zeros, ISO-2022 switches its sets with code 27.
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0e-\x1f]/;

// Short texts in other encodings may be UTF-8 by chance, but then letters of
// many alphabets stand side by side: GBK's 一只猫 reads "һֻè".
const ALPHABETS = [
  ...["Latin", "Greek", "Cyrillic", "Armenian", "Hebrew"],
  ...["Arabic", "Syriac", "Thaana", "Nko"],
].map((name) => new RegExp(`\\p{Script=${name}}`, "u"));

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
}

function notText(path: string, before: string, fault: string): InputError {
  return new InputError(
    `${path}: line ${before.split("\n").length} ${fault}; ` +
      "accepted is text in UTF-8, or in UTF-16 with a byte order mark",
  );
}
