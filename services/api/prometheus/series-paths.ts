import type { FastifyRequest } from 'fastify';
import { labelNamed } from './label-name.js';
import type { Parameters } from './parameters.js';
import {
  type AddPath,
  type Found,
  Limit,
  Match,
  MatchNeeded,
  type PrometheusParts,
  readingWith,
  Span,
} from './path.js';
import type { Labels } from './promql/model/labels.js';
import { findLabelNames, findLabelValues, findSeries, labelsOf } from './stored/series-catalog.js';

/** What is looked at where no begin is named; Prometheus looks at all that it has. */
const DAY_MS = 86_400_000;

/** As many as are asked for and may be answered, with a warning where there are more. */
function atMost(parameters: Parameters, most: number, found: readonly unknown[]): Found {
  // As Grafana and Prometheus 3 have it: 0 is no limit.
  const limit = parameters.limit('limit', most) || most;
  if (found.length <= limit) return { data: found };
  if (limit < most) return { data: found.slice(0, limit), warnings: ['results truncated due to limit'] };
  const warning = `there are more than ${limit}, which are left out (TACTUS_API_PROMQL_MAX_SERIES); match labels, or name a shorter time`;
  return { data: found.slice(0, limit), warnings: [warning] };
}

/** What names series and their labels. */
export function addSeriesPaths(path: AddPath, parts: PrometheusParts): void {
  const { limits, clock } = parts;
  const most = limits.promqlMaxSeries;
  const read = readingWith(parts);

  const span = (parameters: Parameters) => {
    const end = parameters.time('end', clock.now());
    return { start: parameters.time('start', end - DAY_MS), end };
  };

  const matched = async (parameters: Parameters, request: FastifyRequest): Promise<readonly Labels[]> => {
    const found = new Map<string, Labels>();
    const selectors = parameters.selectors();
    const wanted = span(parameters);
    await read(request, 'finding series', async (reader, signal) => {
      for (const matchers of selectors) {
        const series = await findSeries(reader, matchers, wanted, most, signal);
        for (const labels of series.map(labelsOf)) found.set(labels.key, labels);
        // More are not answered.
        if (found.size > most) return;
      }
    });
    return [...found.values()];
  };

  path(
    '/series',
    'Series that match',
    { 'match[]': MatchNeeded, ...Span, limit: Limit },
    true,
    async (parameters, request) => {
      if (parameters.selectors().length === 0) parameters.needed('match[]');
      const found = (await matched(parameters, request)).map((labels) => labels.toJSON());
      return atMost(parameters, most, found);
    },
  );

  path(
    '/labels',
    'Names of labels',
    { 'match[]': Match, ...Span, limit: Limit },
    true,
    async (parameters, request) => {
      if (parameters.selectors().length === 0)
        return atMost(
          parameters,
          most,
          await read(request, 'finding labels', (reader) =>
            findLabelNames(reader, span(parameters), most + 1),
          ),
        );
      const found = await matched(parameters, request);
      const names = new Set(found.flatMap(({ entries }) => entries.map(([name]) => name)));
      return atMost(parameters, most, [...names].sort());
    },
  );

  path(
    '/label/:name/values',
    'Values of a label',
    { 'match[]': Match, ...Span, limit: Limit },
    false,
    async (parameters, request) => {
      const name = labelNamed((request.params as { name: string }).name);
      if (name.includes('\0')) return { data: [] };
      if (parameters.selectors().length === 0)
        return atMost(
          parameters,
          most,
          await read(request, 'finding values of a label', (reader) =>
            findLabelValues(reader, name, span(parameters), most + 1),
          ),
        );
      const found = (await matched(parameters, request)).map((labels) => labels.get(name));
      return atMost(parameters, most, [...new Set(found)].filter((value) => value !== '').sort());
    },
  );
}
