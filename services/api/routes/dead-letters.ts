import { Type } from 'typebox';
import { entryOf } from '../../../shared/control/audit-entry.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { attemptsOf, type StoredDeadLetter } from '../../../shared/dead-letters/dead-letter.js';
import { accessFor } from '../acting/acting.js';
import { MAX_DECODED_CHARACTERS } from '../acting/decoded-value.js';
import {
  type LetterPlace,
  MAX_SHOWN_BYTES,
  placeOf as placeOfLetter,
  shownOf,
} from '../acting/newest-letters.js';
import type { Routes } from '../http/app.js';
import { cursorOf, Page, PageQuery, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { found, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

const MAX_REPLAYED = 10_000;
/** Records a second: it shares the topics with who sends. */
const RATE = 1_000;
const MAX_ATTEMPTS = 3;
/** Of those that are shown, and of the name and value of each. */
const MAX_HEADERS = 64;
const MAX_HEADER_BYTES = 1_024;

const Glob = Type.String({ maxLength: 200 });
const Filters = {
  topic: Type.Optional(Type.String({ maxLength: 200, description: 'A glob', examples: ['ingest.*'] })),
  error: Type.Optional(Glob),
  since: Type.Optional(Time),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive' })),
} as const;

const LETTER_ID = '^[0-9]{1,10}:[0-9]{1,16}$';

const Letter = Type.Object(
  {
    id: Type.String({ description: 'PARTITION:OFFSET' }),
    ...{ topic: Type.String(), partition: Type.Integer(), offset: Type.Integer() },
    ...{ error: Type.String(), message: Type.String(), worker: Type.String(), failedAt: Time },
    key: Type.Union([Type.String(), Type.Null()], { description: `The first ${MAX_SHOWN_BYTES} bytes` }),
    value: Type.Union([Type.String(), Type.Null()], {
      description: `The bytes as received, in base64; the first ${MAX_SHOWN_BYTES}`,
    }),
    attempts: Type.Integer({ description: 'How often it had been replayed when it was refused' }),
    replayedAt: Type.Union([Time, Type.Null()]),
  },
  { title: 'DeadLetter' },
);

const Decoded = Type.Object(
  {
    schemaId: Type.Integer({ description: 'Of the schema registry, as it stands before the value' }),
    schema: Type.Union([Type.String(), Type.Null()], { description: 'Name of the record' }),
    json: Type.Union([Type.String(), Type.Null()], {
      description: `The value as JSON, its first ${MAX_DECODED_CHARACTERS} characters; bytes in base64`,
    }),
    complete: Type.Boolean({ description: 'Whether json is all of the value' }),
    problem: Type.Union([Type.String(), Type.Null()], { description: 'Why it could not be decoded' }),
  },
  { title: 'DecodedValue' },
);

const Header = Type.Object(
  { name: Type.String(), value: Type.String({ description: `The first ${MAX_HEADER_BYTES} bytes` }) },
  { title: 'RecordHeader' },
);

const OpenedLetter = Type.Object(
  {
    ...Letter.properties,
    length: Type.Union([Type.Integer(), Type.Null()], { description: 'Bytes of the whole value' }),
    headers: Type.Array(Header, { description: `Those that it came with, ${MAX_HEADERS} at most` }),
    decoded: Type.Union([Decoded, Type.Null()], {
      description: "Null for a value that is not in Confluent's wire format: 0, an id of four bytes, Avro",
    }),
  },
  { title: 'OpenedDeadLetter' },
);

const Replay = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^[0-9]{1,10}:[0-9]{1,19}$', description: 'This one alone' })),
    ...Filters,
    dryRun: Type.Optional(Type.Boolean({ description: 'Only say what would be done' })),
    force: Type.Optional(Type.Boolean({ description: 'Also what was replayed before, or may count twice' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_REPLAYED })),
  },
  { additionalProperties: false },
);

const Counts = Type.Record(Type.String(), Type.Integer());
const Replayed = Type.Object({
  replayed: Type.Integer(),
  ...{ byTopic: Counts, skipped: Type.Record(Type.String(), Type.Integer(), { description: 'By reason' }) },
  complete: Type.Boolean({ description: 'False where time was up: the same request goes on with the rest' }),
});

/** Records of a tenant that a worker has refused. Those that name no tenant belong to none. */
export function deadLetterRoutes({ acting }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/dead-letters',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listDeadLetters',
          summary: 'Records of the tenant that were refused, newest first',
          tags: ['dead-letters'],
          querystring: Type.Object(
            { ...TenantQuery.properties, ...Filters, ...PageQuery },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              ...Page(Letter).properties,
              total: Type.Integer({ description: 'How many there are, from this page on' }),
              complete: Type.Boolean({ description: 'False where reading the topic took too long' }),
            }),
            ...PROBLEMS,
          },
        },
      },
      async ({ query, asking: { tenantId }, gone }) => {
        const before = placeOf(query.cursor, ['number', 'string']) as LetterPlace | null;
        const { letters, total, complete } = await acting.letters.find(
          { ...filterOf(query), tenantId },
          { before, limit: query.limit, gone },
        );
        const last = letters.at(-1);
        const nextCursor =
          last !== undefined && total > letters.length ? cursorOf(placeOfLetter(last)) : null;
        return { items: letters.map(item), nextCursor, total, complete };
      },
    );
    api.get(
      '/dead-letters/:id',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getDeadLetter',
          summary: 'A refused record with its headers, decoded by the schema that it was written with',
          tags: ['dead-letters'],
          params: Type.Object({ id: Type.String({ pattern: LETTER_ID, description: 'PARTITION:OFFSET' }) }),
          querystring: TenantQuery,
          response: { 200: OpenedLetter, ...PROBLEMS },
        },
      },
      async ({ params: { id }, asking: { tenantId }, gone }) => {
        const { one, decoded } = found(await acting.letters.open(tenantId, id, gone), 'dead letter', id);
        const { value, headers } = one.letter;
        return {
          ...item(shownOf(one)),
          ...{ length: value?.length ?? null, decoded },
          headers: Object.entries(headers)
            .slice(0, MAX_HEADERS)
            .map(([name, bytes]) => ({
              name: name.slice(0, MAX_HEADER_BYTES),
              value: bytes.toString('utf8', 0, MAX_HEADER_BYTES),
            })),
        };
      },
    );
    api.post(
      '/dead-letters/replay',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'replayDeadLetters',
          summary: 'Write refused records back to where they came from, once each',
          tags: ['dead-letters'],
          ...{ body: Replay, querystring: TenantQuery, headers: WriteHeaders },
          response: { 200: Replayed, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 200, async () => {
          const { body, asking, gone } = request;
          const { caller, tenantId } = asking;
          const { id, dryRun = false, force = false, limit = MAX_REPLAYED } = body;
          const options = { dryRun, force, limit, rate: RATE, maxAttempts: MAX_ATTEMPTS };
          const { replayed, byTopic, skipped, complete } = await acting.letters.replay(
            { ...filterOf(body), ...options, tenantId, ...(id !== undefined && { id }) },
            gone,
          );
          if (!dryRun) {
            const access = accessFor(acting, caller);
            const resource = id === undefined ? 'dead-letters' : `dead-letter/${id}`;
            const details = { replayed: String(replayed), force: String(force) };
            const entries = [entryOf(access, 'dead-letters.replay', tenantId, resource, details)];
            await access.write({ changes: [], entries });
          }
          return { replayed, byTopic, skipped, complete };
        }),
    );
  };
}

function filterOf({
  topic,
  error,
  since,
  until,
}: {
  readonly topic?: string;
  readonly error?: string;
  readonly since?: string;
  readonly until?: string;
}) {
  return {
    ...(topic !== undefined && { topic }),
    ...(error !== undefined && { error }),
    ...(since !== undefined && { since: Date.parse(since) }),
    ...(until !== undefined && { until: Date.parse(until) }),
  };
}

function item(one: StoredDeadLetter) {
  const { letter, id, origin, replayed } = one;
  const { topic, partition, offset, key, value, error, message, worker, failedAt } = letter;
  return {
    ...{ id, topic: origin ?? topic, partition, offset, error, message, worker, failedAt: isoTime(failedAt) },
    key: key === null ? null : key.toString('utf8'),
    value: value === null ? null : value.toString('base64'),
    attempts: attemptsOf(letter),
    replayedAt: replayed === null ? null : isoTime(replayed.at),
  };
}
