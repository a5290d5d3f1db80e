/**
 * The start of a text that takes at most `bytes` in UTF-8, cut between
 * characters as people see them: a letter keeps its marks, an emoji its parts.
 */
export function cutText(text: string, bytes: number): string {
  const encoder = new TextEncoder();
  let left = bytes;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    left -= encoder.encode(segment).length;
    if (left < 0) return text.slice(0, index);
  }
  return text;
}
