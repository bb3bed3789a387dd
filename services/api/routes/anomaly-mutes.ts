import { type Static, Type } from 'typebox';
import type { AlertControl } from '../../../schemas/types.js';
import { MAX_TAGS, type MutedSeries, mutedSeries, mutesAll } from '../../../shared/alerting/mutes.js';
import { mute, mutesOf, plannedMute, unmute } from '../../../shared/control/anomaly-mutes.js';
import { TactusError } from '../../../shared/core/errors.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { accessFor } from '../acting/acting.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PROBLEMS } from '../http/problem.js';
import { DurationField } from '../http/range.js';
import { timeOf } from './lasting.js';
import { found, IdPath, Nothing, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

const Tags = Type.Record(Type.String({ maxLength: 256 }), Type.String({ maxLength: 256 }), {
  ...{ maxProperties: MAX_TAGS, description: 'Series with all of these; without any those of all tags' },
});

const Wanted = Type.Object(
  {
    metric: Type.String({ minLength: 1, maxLength: 256, description: 'A glob', examples: ['checkout.*'] }),
    tags: Type.Optional(Tags),
    endsAt: Type.Optional(Time),
    for: Type.Optional(DurationField('In place of endsAt: how long it lasts', '2h')),
    comment: Type.Optional(Type.String({ maxLength: 1_000 })),
    all: Type.Optional(Type.Boolean({ description: 'Needed where it is about all series, as metric * is' })),
  },
  { additionalProperties: false, title: 'NewAnomalyMute' },
);

const AnomalyMute = Type.Object(
  {
    ...{ id: Type.String(), metric: Type.String(), tags: Type.Record(Type.String(), Type.String()) },
    ...{ startsAt: Time, endsAt: Time, by: Type.String(), comment: Type.String() },
  },
  { title: 'AnomalyMute' },
);

/** One whose matchers cannot be read is not in force, and not listed. */
function muteItems(control: AlertControl): Static<typeof AnomalyMute>[] {
  const series = mutedSeries(control.matchers);
  if (typeof series === 'string') return [];
  const { id, startsAt, endsAt, author: by, comment } = control;
  return [{ id, ...series, startsAt: isoTime(startsAt), endsAt: isoTime(endsAt), by, comment }];
}

/** Mutes: anomalies of some series of a tenant are found and stored, and raise no alert for a while. */
export function anomalyMuteRoutes({ acting, clock }: ApiServices): Routes {
  return (api) => {
    api.get(
      '/anomalies/mutes',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listAnomalyMutes',
          summary: 'Series whose anomalies are muted, oldest first',
          tags: ['anomalies'],
          querystring: Type.Object(
            { ...TenantQuery.properties, ...PageQuery },
            { additionalProperties: false },
          ),
          response: { 200: Page(AnomalyMute), ...PROBLEMS },
        },
      },
      async ({ query: { cursor, limit }, asking: { caller, tenantId } }) => {
        const [at, id] = (placeOf(cursor, ['number', 'string']) as [number, string] | null) ?? [0, ''];
        const rows = (await mutesOf(accessFor(acting, caller), tenantId))
          .filter((one) => one.createdAt > at || (one.createdAt === at && one.id > id))
          .flatMap((control) => muteItems(control).map((item) => ({ control, item })));
        return pageOf(
          rows,
          limit,
          ({ control }) => [control.createdAt, control.id],
          ({ item }) => item,
        );
      },
    );
    api.post(
      '/anomalies/mutes',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'muteAnomalies',
          summary: 'Mute anomalies of some series of the tenant for a while',
          tags: ['anomalies'],
          ...{ body: Wanted, querystring: TenantQuery, headers: WriteHeaders },
          response: { 201: AnomalyMute, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 201, async () => {
          const { asking, body } = request;
          const access = accessFor(acting, asking.caller);
          const { forMs } = timeOf(body, clock.now());
          const { tenantId } = asking;
          const control = plannedMute(access, wantedSeries(body), {
            ...{ tenantId, forMs, comment: body.comment ?? '' },
          });
          const problem = acting.control.mutes.problem(control, clock.now());
          if (problem !== null) throw new TactusError('TACTUS_REQUEST_INVALID', problem);
          await mute(access, control);
          return muteItems(control)[0];
        }),
    );
    api.delete(
      '/anomalies/mutes/:id',
      {
        config: { right: 'operate' },
        schema: {
          ...{ operationId: 'unmuteAnomalies', summary: 'End a mute of anomalies', tags: ['anomalies'] },
          ...{ params: IdPath, querystring: TenantQuery, headers: WriteHeaders },
          response: { 204: Nothing, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 204, async () => {
          const { params, asking } = request;
          const ended = await unmute(accessFor(acting, asking.caller), params.id, asking.tenantId);
          found(ended || null, 'mute in force', params.id);
          return null;
        }),
    );
  };
}

function wantedSeries({ metric, tags = {}, all = false }: Static<typeof Wanted>): MutedSeries {
  const series = { metric, tags };
  if (!mutesAll(series) || all) return series;
  throw new TactusError(
    'TACTUS_REQUEST_INVALID',
    'metric: takes all of the tenant; name some, add tags, or "all": true if that is meant',
  );
}
