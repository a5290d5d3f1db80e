/** Words broken into lines of at most `columns` letters; a longer word has a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + 1 + word.length > columns) {
      lines.push(word);
    } else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
