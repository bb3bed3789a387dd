import { Type } from 'typebox';
import { TactusError } from '../../../shared/core/errors.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { RangeQuery, rangeOf } from '../http/range.js';
import { findEvents } from '../queries/events.js';
import { TenantQuery, Time } from './requests.js';
import type { ApiServices } from './services.js';

const DAY_MS = 86_400_000;
const MAX_ATTRIBUTES = 4_096;
/** Shorter texts are in nearly everything. */
const MIN_TEXT = 2;

const Event = Type.Object(
  {
    id: Type.String(),
    type: Type.String(),
    time: Time,
    subjectId: Type.Union([Type.String(), Type.Null()]),
    attributes: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
    ),
  },
  { title: 'Event' },
);

/** Events, newest first. */
export function eventRoutes({ database, limits, clock }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/events',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'searchEvents', summary: 'Search events, newest first', tags: ['events'] },
          querystring: Type.Object(
            {
              ...TenantQuery.properties,
              type: Type.Optional(Type.String({ maxLength: 256, examples: ['song_play'] })),
              subject: Type.Optional(
                Type.String({ maxLength: 256, description: 'The user whom they are about' }),
              ),
              attributes: Type.Optional(
                Type.String({
                  maxLength: MAX_ATTRIBUTES,
                  description: 'A JSON object: events that have all of these attributes',
                  examples: ['{"plan":"family"}'],
                }),
              ),
              text: Type.Optional(
                Type.String({
                  ...{ minLength: MIN_TEXT, maxLength: 256 },
                  description:
                    'In type, subject or attributes, whatever the case; looks at each event of the range',
                }),
              ),
              ...{ ...RangeQuery, ...PageQuery },
            },
            { additionalProperties: false },
          ),
          response: { 200: Page(Event), ...PROBLEMS },
        },
      },
      async ({ query, asking, gone }) => {
        const range = rangeOf(query, clock.now(), { byDefaultMs: DAY_MS, maxRangeMs: limits.maxRangeMs });
        const after = placeOf(query.cursor, ['number', 'string']) as [number, string] | null;
        const attributes = query.attributes === undefined ? null : attributesOf(query.attributes);
        const rows = await database.read(asking.tenantId, 'searching events', gone, (reader) =>
          findEvents(reader, { ...query, ...range, attributes, after, limit: query.limit + 1 }),
        );
        return pageOf(
          rows,
          query.limit,
          (row) => [row.time.getTime(), row.id],
          (row) => ({ ...row, time: row.time.toISOString() }),
        ) as never;
      },
    );
  };
}

function attributesOf(text: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === 'object' && found !== null && !Array.isArray(found))
      return found as Record<string, unknown>;
  } catch {
    // As any other text that is no object.
  }
  throw new TactusError(
    'TACTUS_REQUEST_INVALID',
    `attributes: must be a JSON object: value was ${JSON.stringify(text.slice(0, 100))}`,
  );
}
