import type { FastifyRequest } from 'fastify';
import type { Parameters } from './parameters.js';
import { type AddPath, type Found, Match, MatchNeeded, type PrometheusParts, reading, Span } from './path.js';
import type { Labels } from './promql/model/labels.js';
import { findLabelNames, findLabelValues, findSeries, labelsOf } from './series-catalog.js';

/** What is looked at where no begin is named; Prometheus looks at all that it has. */
const DAY_MS = 86_400_000;

/** As many as may be answered, with a warning where there are more. */
function atMost(limit: number, found: readonly string[]): Found {
  if (found.length <= limit) return { data: found };
  const warning = `there are more than ${limit}, which are left out (TACTUS_API_PROMQL_MAX_SERIES); match labels, or name a shorter time`;
  return { data: found.slice(0, limit), warnings: [warning] };
}

/** What names series and their labels. */
export function addSeriesPaths(path: AddPath, { database, limits, clock }: PrometheusParts): void {
  const most = limits.promqlMaxSeries;
  const read = reading(database);

  const span = (parameters: Parameters) => {
    const end = parameters.time('end', clock.now());
    return { start: parameters.time('start', end - DAY_MS), end };
  };

  const matched = async (parameters: Parameters, request: FastifyRequest): Promise<readonly Labels[]> => {
    const found = new Map<string, Labels>();
    for (const matchers of parameters.selectors()) {
      const series = await read(request, 'finding series', (reader) =>
        findSeries(reader, matchers, span(parameters), most),
      );
      for (const labels of series.map(labelsOf)) found.set(labels.key, labels);
    }
    return [...found.values()];
  };

  path(
    '/series',
    'Series that match',
    { 'match[]': MatchNeeded, ...Span },
    true,
    async (parameters, request) => {
      if (parameters.selectors().length === 0) parameters.needed('match[]');
      return { data: (await matched(parameters, request)).map((labels) => labels.toJSON()) };
    },
  );

  path('/labels', 'Names of labels', { 'match[]': Match, ...Span }, true, async (parameters, request) => {
    if (parameters.selectors().length === 0)
      return atMost(
        most,
        await read(request, 'finding labels', (reader) => findLabelNames(reader, span(parameters), most + 1)),
      );
    const found = await matched(parameters, request);
    return { data: [...new Set(found.flatMap(({ entries }) => entries.map(([name]) => name)))].sort() };
  });

  path(
    '/label/:name/values',
    'Values of a label',
    { 'match[]': Match, ...Span },
    false,
    async (parameters, request) => {
      const { name } = request.params as { name: string };
      if (name.includes('\0')) return { data: [] };
      if (parameters.selectors().length === 0)
        return atMost(
          most,
          await read(request, 'finding values of a label', (reader) =>
            findLabelValues(reader, name, span(parameters), most + 1),
          ),
        );
      const found = (await matched(parameters, request)).map((labels) => labels.get(name));
      return { data: [...new Set(found)].filter((value) => value !== '').sort() };
    },
  );
}
