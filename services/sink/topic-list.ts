/** The topics that a configuration key lists; its format has seen to it that they are topics. */
export function topicList<N extends string>(text: string): N[] {
  return [...new Set(text.split(',').map((name) => name.trim() as N))];
}
