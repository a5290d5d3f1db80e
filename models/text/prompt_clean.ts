import { fixText } from "./fix_text.ts";
import { unescapeHtml } from "./html_unescape.ts";

/**
 * Cleans a prompt as Wan's pipeline does before tokenizing it: broken text is
 * repaired, HTML character references are decoded (twice, for those that were
 * encoded twice), and each run of white space becomes one space.
 *
 * @example
 * ```ts
 * import { cleanPrompt } from "@qvgen/qvgen/models";
 *
 * console.log(cleanPrompt(" it&#39;s  a “fox”\n")); // it's a "fox"
 * ```
 */
export function cleanPrompt(text: string): string {
  return unescapeHtml(unescapeHtml(fixText(text))).replace(/\s+/g, " ").trim();
}
