import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import type { AlertControl } from '../../../schemas/types.js';
import { controlProblem, hiddenBy } from '../../../shared/alerting/controls.js';
import { type Matcher, parseMatcher, selectsAll } from '../../../shared/alerting/matcher.js';
import {
  changedSilence,
  changeSilence,
  plannedSilence,
  silence,
  silencesOf,
  tooLong,
  unsilence,
} from '../../../shared/control/alert-controls.js';
import type { ControlAccess } from '../../../shared/control/control-access.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import type { Asking } from '../access/asking.js';
import { accessFor } from '../acting/acting.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { DurationField } from '../http/range.js';
import { findAlerts } from '../queries/alerts.js';
import { Alert, alertItem } from './alerts.js';
import { IfMatch, requireVersion } from './if-match.js';
import { eachInTurn } from './in-turn.js';
import { timeOf } from './lasting.js';
import { OneAtATime } from './one-at-a-time.js';
import { found, IdPath, Nothing, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';
import { Silence, silenceItem, visibleSilences } from './silence-item.js';

const MAX_MATCHERS = 50;
/** Alerts that a preview looks at. */
const MAX_LIVE = 10_000;
const MAX_SHOWN = 1_000;
/** How long it looks at them. */
const MAX_LOOKING_MS = 5_000;

const Wanted = Type.Object(
  {
    matchers: Type.Array(Type.String({ maxLength: 1_300 }), {
      ...{ minItems: 1, maxItems: MAX_MATCHERS },
      description: 'Alerts that all of these fit, in the notation of Alertmanager',
      examples: [['severity="warning"', 'host=~"web-.*"']],
    }),
    startsAt: Type.Optional(Type.String({ format: 'date-time', description: 'Now, where it is past' })),
    endsAt: Type.Optional(Time),
    for: Type.Optional(DurationField('In place of endsAt: how long it lasts', '2h')),
    comment: Type.Optional(Type.String({ maxLength: 1_000 })),
    all: Type.Optional(
      Type.Boolean({ description: 'Needed where the matchers select about all alerts, as host=~".*" does' }),
    ),
  },
  { additionalProperties: false, title: 'NewSilence' },
);

const Preview = Type.Object(
  {
    ...{ startsAt: Time, endsAt: Time },
    hidden: Type.Array(Alert, { description: 'Alerts of this moment that it would hide' }),
    count: Type.Integer(),
    complete: Type.Boolean({ description: 'False where there are more alerts than were looked at or shown' }),
  },
  { title: 'SilencePreview' },
);

/** Silences of a tenant: what it makes and ends is about its own alerts, whatever the matchers. */
export function silenceRoutes(services: ApiServices): Routes {
  const { acting, clock, database } = services;
  const one = new OneAtATime('silence');
  const item = (control: AlertControl) => silenceItem(control, clock.now());
  const shown = (control: AlertControl, reply: FastifyReply) => {
    const answer = item(control);
    reply.header('etag', answer.etag);
    return answer;
  };
  const planned = ({ caller, tenantId }: Asking, wanted: Static<typeof Wanted>) =>
    plannedSilence(accessFor(acting, caller), matchersOf(wanted), {
      ...timeOf(wanted, clock.now()),
      ...{ tenant: tenantId, comment: wanted.comment ?? '' },
    });
  const problemFor = (access: ControlAccess, control: AlertControl) =>
    acting.control.decisions.problemOf(control, clock.now()) ?? tooLong(access, control, clock.now());
  return (api) => {
    api.get(
      '/silences',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listSilences',
          summary: 'Silences in force and those that start later, oldest first',
          tags: ['silences'],
          querystring: Type.Object(
            { ...TenantQuery.properties, ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(Silence), ...PROBLEMS },
        },
      },
      async ({ query: { cursor, limit }, asking }) => {
        const [at, id] = (placeOf(cursor, ['number', 'string']) as [number, string] | null) ?? [0, ''];
        const rows = (await visibleSilences(acting, asking)).filter(
          (one) => one.createdAt > at || (one.createdAt === at && one.id > id),
        );
        return pageOf(rows.slice(0, limit + 1), limit, (row) => [row.createdAt, row.id], item);
      },
    );
    api.get(
      '/silences/:id',
      {
        config: { right: 'read' },
        schema: {
          ...{ operationId: 'getSilence', summary: 'One silence', tags: ['silences'] },
          ...{ params: IdPath, querystring: TenantQuery, response: { 200: Silence, ...PROBLEMS } },
        },
      },
      async ({ params: { id }, asking }, reply) => {
        const all = await visibleSilences(acting, asking);
        return shown(
          found(
            all.find((one) => one.id === id),
            'silence',
            id,
          ),
          reply,
        );
      },
    );
    api.post(
      '/silences',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'createSilence',
          summary: 'Suppress notifications of alerts of the tenant for a while',
          tags: ['silences'],
          ...{ body: Wanted, querystring: TenantQuery, headers: WriteHeaders },
          response: { 201: Silence, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 201, async () => {
          const { asking, body } = request;
          const control = planned(asking, body);
          const access = accessFor(acting, asking.caller);
          refuse(problemFor(access, control));
          await silence(access, control);
          return shown(control, reply);
        }),
    );
    api.put(
      '/silences/:id',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'replaceSilence',
          summary:
            'Change a silence whose time is not over, if it is still of the version that was read (If-Match)',
          tags: ['silences'],
          ...{ params: IdPath, body: Wanted, querystring: TenantQuery, headers: IfMatch },
          response: { 200: Silence, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 200, async () => {
          const { params, asking, body } = request;
          return await one.change(asking.tenantId, params.id, async () => {
            const access = accessFor(acting, asking.caller);
            const before = found(
              (await silencesOf(access)).find(
                ({ id, tenantId }) => id === params.id && tenantId === asking.tenantId,
              ),
              'silence in force',
              params.id,
            );
            requireVersion(request, 'the silence', { by: before.author, at: before.createdAt });
            const control = changedSilence(access, before, {
              ...{ ...timeOf(body, clock.now()), matchers: matchersOf(body), comment: body.comment ?? '' },
            });
            refuse(problemFor(access, control));
            await changeSilence(access, control);
            return shown(control, reply);
          });
        }),
    );
    api.post(
      '/silences/preview',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'previewSilence',
          summary: 'Which alerts of this moment a silence would hide; changes nothing',
          tags: ['silences'],
          ...{ body: Wanted, querystring: TenantQuery, response: { 200: Preview, ...PROBLEMS } },
        },
      },
      async ({ asking, body, gone }) => {
        const control = planned(asking, body);
        const { startsAt, endsAt, tenantId } = control;
        // What could never be in force is not tried either: its patterns may take as long as they like.
        refuse(controlProblem(control, clock.now()));
        const matchers = matchersOf(body);
        const rows = await database.read(asking.tenantId, 'finding alerts', gone, (reader) =>
          findAlerts(reader, { live: true, limit: MAX_LIVE + 1 }),
        );
        const until = performance.now() + MAX_LOOKING_MS;
        const looked = await eachInTurn(rows.slice(0, MAX_LIVE), 'previewing a silence', gone, (row) =>
          performance.now() < until ? hiddenBy({ matchers, tenantId }, [row]) : null,
        );
        const hidden = looked.flatMap((found) => found ?? []);
        return {
          ...{ startsAt: isoTime(startsAt), endsAt: isoTime(endsAt), count: hidden.length },
          hidden: await eachInTurn(hidden.slice(0, MAX_SHOWN), 'previewing a silence', gone, (row) =>
            alertItem(row, services),
          ),
          complete: rows.length <= MAX_LIVE && hidden.length <= MAX_SHOWN && !looked.includes(null),
        };
      },
    );
    api.delete(
      '/silences/:id',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'endSilence',
          summary: 'End a silence, or take back one that starts later',
          tags: ['silences'],
          ...{ params: IdPath, querystring: TenantQuery, headers: WriteHeaders },
          response: { 204: Nothing, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 204, async () => {
          const { params, asking } = request;
          // Who changes it meanwhile would put it in force again, of the version that is ended.
          const ended = await one.change(asking.tenantId, params.id, () =>
            unsilence(accessFor(acting, asking.caller), params.id, asking.tenantId),
          );
          found(ended || null, 'silence in force', params.id);
          return null;
        }),
    );
  };
}

/** @throws TactusError `TACTUS_REQUEST_INVALID` where there is a problem */
function refuse(problem: string | null): void {
  if (problem !== null) throw new TactusError('TACTUS_REQUEST_INVALID', problem);
}

function matchersOf({ matchers: texts, all = false }: Static<typeof Wanted>): Matcher[] {
  const matchers = texts.map((text, i) => {
    const matcher = parseMatcher(text);
    if (typeof matcher !== 'string') return matcher;
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      `matchers.${i}: must be ${matcher}: value was ${JSON.stringify(text.slice(0, 100))}`,
    );
  });
  if (selectsAll(matchers) && !all)
    throw new TactusError(
      'TACTUS_REQUEST_INVALID',
      'matchers: none selects certain alerts, so that about all of the tenant would be silenced; add one, or "all": true if that is meant',
    );
  return matchers;
}
