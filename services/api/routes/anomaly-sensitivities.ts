import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { AnomalySensitivity } from '../../../schemas/types.js';
import {
  plannedSensitivity,
  removeSensitivity,
  setSensitivity,
  type WantedSensitivity,
} from '../../../shared/control/anomaly-sensitivities.js';
import { TactusError } from '../../../shared/core/errors.js';
import { slowParts } from '../../../shared/core/glob.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { bySpecificity } from '../../../shared/detection/metric-sensitivities.js';
import { sensitivityId } from '../../../shared/wire/sensitivity-key.js';
import type { Asking } from '../access/asking.js';
import { accessFor } from '../acting/acting.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { HttpProblem, PROBLEMS } from '../http/problem.js';
import { etagOf, IfMatch, requireVersion } from './if-match.js';
import { OneAtATime } from './one-at-a-time.js';
import { found, Nothing, TenantQuery, Time, WriteHeaders } from './requests.js';
import type { ApiServices } from './services.js';

export const SensitivityField = Type.Number({
  ...{ minimum: 0, maximum: 1, examples: [0.7] },
  description: 'From 0, hardly ever, to 1, at the least doubt; 0.5 as configured',
});
const Comment = Type.String({ maxLength: 1_000 });
const Id = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Follows from the glob' });
const IdPath = Type.Object({ id: Id });

const Sensitivity = Type.Object(
  {
    ...{ id: Id, metric: Type.String(), sensitivity: SensitivityField },
    ...{ by: Type.String(), comment: Type.String(), updatedAt: Time },
    etag: Type.String({ description: 'Of this version: a change of it is sent with it as If-Match' }),
  },
  { title: 'AnomalySensitivity' },
);

function item(record: AnomalySensitivity): Static<typeof Sensitivity> {
  const { id, metric, sensitivity, author: by, comment, updatedAt } = record;
  return { id, metric, sensitivity, by, comment, updatedAt: isoTime(updatedAt), etag: etagOf(updatedAt) };
}

/** How readily anomalies of metrics are reported. */
export function anomalySensitivityRoutes({ acting }: ApiServices): Routes {
  const { sensitivities } = acting.control;
  const stored = (tenantId: string, id: string) =>
    found(
      sensitivities.of(tenantId).find((one) => one.id === id),
      'sensitivity',
      id,
    );
  /** As it was read by who changes it. */
  const asRead = (request: FastifyRequest, id: string) => {
    const before = stored(request.asking.tenantId, id);
    requireVersion(request, 'the sensitivity', { by: before.author, at: before.updatedAt });
    return before;
  };
  const one = new OneAtATime('sensitivity');
  const shown = (record: AnomalySensitivity, reply: FastifyReply) => {
    const answer = item(record);
    reply.header('etag', answer.etag);
    return answer;
  };
  /** Puts one in force, and answers with it. */
  const set = async (
    { caller }: Asking,
    wanted: WantedSensitivity,
    before: AnomalySensitivity | null,
    reply: FastifyReply,
  ) => {
    const access = accessFor(acting, caller);
    const planned = plannedSensitivity(access, wanted, before);
    const problem = sensitivities.problem(planned);
    if (problem !== null) throw new HttpProblem(409, 'TACTUS_CONFLICT', problem);
    await setSensitivity(access, planned, before);
    return shown(planned, reply);
  };
  return (api) => {
    api.get(
      '/anomalies/sensitivities',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'listAnomalySensitivities',
          summary: 'How readily anomalies of metrics are reported, the most specific glob first',
          tags: ['anomalies'],
          querystring: Type.Object(
            {
              ...TenantQuery.properties,
              metric: Type.Optional(
                Type.String({
                  ...{ minLength: 1, maxLength: 256, examples: ['checkout.latency_ms'] },
                  description: 'Only those that fit this name: the first of them holds for it',
                }),
              ),
              ...PageQuery,
            },
            { additionalProperties: false },
          ),
          response: { 200: Page(Sensitivity), ...PROBLEMS },
        },
      },
      async ({ query: { metric = null, cursor, limit }, asking: { tenantId } }) => {
        const [after = null] = (placeOf(cursor, ['string']) as [string] | null) ?? [];
        const rows = sensitivities
          .of(tenantId, metric)
          .filter((row) => after === null || bySpecificity(row.metric, after) > 0);
        return pageOf(rows, limit, (row) => [row.metric], item);
      },
    );
    api.get(
      '/anomalies/sensitivities/:id',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getAnomalySensitivity',
          summary: 'One sensitivity; its ETag is what a change is sent with as If-Match',
          tags: ['anomalies'],
          ...{ params: IdPath, querystring: TenantQuery, response: { 200: Sensitivity, ...PROBLEMS } },
        },
      },
      async ({ params, asking }, reply) => shown(stored(asking.tenantId, params.id), reply),
    );
    api.post(
      '/anomalies/sensitivities',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'createAnomalySensitivity',
          summary: 'Set how readily anomalies of metrics are reported, for a glob that has none',
          tags: ['anomalies'],
          body: Type.Object(
            {
              metric: Type.String({
                minLength: 1,
                maxLength: 256,
                description: 'A glob',
                examples: ['checkout.*'],
              }),
              sensitivity: SensitivityField,
              comment: Type.Optional(Comment),
            },
            { additionalProperties: false, title: 'NewAnomalySensitivity' },
          ),
          ...{ querystring: TenantQuery, headers: WriteHeaders, response: { 201: Sensitivity, ...PROBLEMS } },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 201, async () => {
          const { body, asking } = request;
          const { tenantId } = asking;
          const { metric, sensitivity, comment = '' } = body;
          if (slowParts(metric).length > 0)
            throw new TactusError(
              'TACTUS_REQUEST_INVALID',
              `metric: must be a glob without a ? between two *: value was ${JSON.stringify(metric)}`,
            );
          const id = sensitivityId(metric);
          return await one.change(tenantId, id, async () => {
            if (sensitivities.of(tenantId).some((other) => other.id === id))
              throw new HttpProblem(
                409,
                'TACTUS_CONFLICT',
                `metric: ${JSON.stringify(metric)} has a sensitivity already: change ${JSON.stringify(id)}`,
              );
            return await set(asking, { tenantId, metric, sensitivity, comment }, null, reply);
          });
        }),
    );
    api.put(
      '/anomalies/sensitivities/:id',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'replaceAnomalySensitivity',
          summary: 'Change a sensitivity, if it is still of the version that was read (If-Match)',
          tags: ['anomalies'],
          body: Type.Object(
            { sensitivity: SensitivityField, comment: Type.Optional(Comment) },
            { additionalProperties: false },
          ),
          ...{ params: IdPath, querystring: TenantQuery, headers: IfMatch },
          response: { 200: Sensitivity, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 200, async () => {
          const { params, body, asking } = request;
          return await one.change(asking.tenantId, params.id, async () => {
            const before = asRead(request, params.id);
            const { tenantId, metric } = before;
            const wanted = { tenantId, metric, sensitivity: body.sensitivity, comment: body.comment ?? '' };
            return await set(asking, wanted, before, reply);
          });
        }),
    );
    api.delete(
      '/anomalies/sensitivities/:id',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'removeAnomalySensitivity',
          summary: 'Remove a sensitivity, if it is still of the version that was read (If-Match)',
          tags: ['anomalies'],
          ...{ params: IdPath, querystring: TenantQuery, headers: IfMatch },
          response: { 204: Nothing, ...PROBLEMS },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 204, async () => {
          const { params, asking } = request;
          return await one.change(asking.tenantId, params.id, async () => {
            await removeSensitivity(accessFor(acting, asking.caller), asRead(request, params.id));
            return null;
          });
        }),
    );
  };
}
