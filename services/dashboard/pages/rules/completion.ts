/*
 * What may follow in a condition (CEL) where the caret stands.
 */

export interface Suggestion {
  readonly text: string;
  readonly about: string;
}

const WINDOW: readonly Suggestion[] = [
  { text: 'mean', about: 'mean of the points of the window, double' },
  { text: 'count', about: 'how many points, int' },
  { text: 'sum', about: 'sum, double' },
  { text: 'min', about: 'least value, double' },
  { text: 'max', about: 'greatest value, double' },
  { text: 'stddev', about: 'standard deviation, double' },
  { text: 'first', about: 'first value, double' },
  { text: 'last', about: 'last value, double' },
  { text: 'increase', about: 'of a counter: what it went up by, double' },
  { text: 'rate', about: 'of a counter: per second, double' },
  { text: 'distinct', about: 'of members: how many there are, int' },
  { text: 'quantiles', about: 'quantiles["p99"], where the window has them' },
];
const ANOMALY: readonly Suggestion[] = [{ text: 'anomaly', about: 'anomaly.score, anomaly.value, …' }];
const ANOMALY_FIELDS: readonly Suggestion[] = [
  { text: 'score', about: 'how far outside, 0 to 1' },
  { text: 'value', about: 'what came' },
  { text: 'expected', about: 'what was expected' },
  { text: 'lower', about: 'least that was expected' },
  { text: 'upper', about: 'most that was expected' },
  { text: 'severity', about: 'info, warning or critical' },
  { text: 'detector', about: 'which detector found it' },
  { text: 'window', about: 'window definition' },
];
const COMMON: readonly Suggestion[] = [
  { text: 'tags', about: 'tags of the series: tags.host' },
  { text: 'metric', about: 'name of the metric' },
  { text: 'tenantId', about: 'tenant' },
  { text: 'has(', about: 'whether a tag is there: has(tags.host)' },
  { text: 'size(', about: 'length of a text or list' },
  { text: 'matches(', about: 'tags.host.matches("web-.*")' },
];
/** Characters of what is being written. */
const WORD = /(?:\b([A-Za-z_][\w]*)\.)?([A-Za-z_]\w*)?$/;

/**
 * @param on what the rule looks at
 * @param tags names of tags that series of the metric have
 */
export function suggestions(
  text: string,
  caret: number,
  on: 'window' | 'anomaly',
  tags: readonly string[],
): readonly Suggestion[] {
  const before = text.slice(0, caret);
  // Within a text nothing is a name.
  if (((before.match(/"/g)?.length ?? 0) & 1) === 1) return [];
  const [, of, begun = ''] = WORD.exec(before) ?? [];
  const all =
    of === 'tags'
      ? tags.map((tag) => ({ text: tag, about: 'tag' }))
      : of === 'anomaly' && on === 'anomaly'
        ? ANOMALY_FIELDS
        : of === undefined
          ? [...(on === 'anomaly' ? ANOMALY : WINDOW), ...COMMON]
          : [];
  if (of === undefined && begun === '') return [];
  return all.filter((one) => one.text.startsWith(begun) && one.text !== begun);
}

/** The text and the caret once a suggestion is taken. */
export function taken(
  text: string,
  caret: number,
  { text: word }: Suggestion,
): { text: string; caret: number } {
  const [, , begun = ''] = WORD.exec(text.slice(0, caret)) ?? [];
  const start = caret - begun.length;
  return { text: text.slice(0, start) + word + text.slice(caret), caret: start + word.length };
}
