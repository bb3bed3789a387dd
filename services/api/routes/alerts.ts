import { Type } from 'typebox';
import { acknowledge } from '../../../shared/control/alert-controls.js';
import { accessFor } from '../acting/acting.js';
import type { Routes } from '../http/app.js';
import { Page, PageQuery, pageOf, placeOf } from '../http/page.js';
import { PairField, pairsOf } from '../http/pairs.js';
import { PROBLEMS } from '../http/problem.js';
import { type AlertRow, findAlertStates, findAlerts } from '../queries/alerts.js';
import { idsOfRule, ruleOfAlert } from '../rules/rule-of-alert.js';
import { historyOf } from './alert-history.js';
import { eachInTurn } from './in-turn.js';
import { found, IdPath, TenantQuery, Time, WriteHeaders } from './requests.js';
import { ownRule, Rule, ruleItem } from './rule-item.js';
import type { ApiServices } from './services.js';

const STATES = ['pending', 'firing', 'resolved'] as const;
const SEVERITIES = ['info', 'warning', 'critical'] as const;
const Texts = Type.Record(Type.String(), Type.String());
const MAX_LABELS = 20;
/** Of its occurrences, with an alert. */
const MAX_OCCURRENCES = 100;

export const Alert = Type.Object(
  {
    fingerprint: Type.String({ description: 'Identifies it for as long as rule and labels stay the same' }),
    rule: Type.String(),
    state: Type.Enum(STATES),
    severity: Type.Enum(SEVERITIES),
    ...{ labels: Texts, annotations: Texts, value: Type.Number() },
    startsAt: Time,
    endsAt: Type.Union([Time, Type.Null()]),
    updatedAt: Time,
    acknowledged: Type.Boolean(),
    silenced: Type.Boolean({ description: 'Whether a silence suppresses its notifications now' }),
  },
  { title: 'Alert' },
);

const AlertChange = Type.Object(
  {
    startsAt: Type.String({ format: 'date-time', description: 'Which time that it went up' }),
    state: Type.Enum([...STATES, 'acknowledged'] as const),
    at: Time,
    by: Type.Optional(Type.String({ description: 'Who acknowledged it' })),
    comment: Type.Optional(Type.String()),
  },
  { title: 'AlertStateChange' },
);

const AlertWithTimes = Type.Object(
  {
    ...Alert.properties,
    occurrences: Type.Array(Alert),
    history: Type.Array(AlertChange, {
      description:
        'When it came to be in its states, of these occurrences, newest first; of acknowledgements the last',
    }),
  },
  { title: 'AlertWithTimes' },
);

/** An alert as it is answered. */
export function alertItem(
  row: AlertRow,
  { acting: { control }, clock }: Pick<ApiServices, 'acting' | 'clock'>,
) {
  const { tenantId, startsAt, endsAt, updatedAt, rule, ...rest } = row;
  return {
    ...rest,
    rule: ruleOfAlert(tenantId, rule),
    ...{ startsAt: startsAt.toISOString(), endsAt: endsAt?.toISOString() ?? null },
    updatedAt: updatedAt.toISOString(),
    ...control.decisions.on(
      { ...row, startsAt: startsAt.getTime(), updatedAt: updatedAt.getTime() },
      clock.now(),
    ),
  };
}

/** Alerts, newest first, and their acknowledgement. */
export function alertRoutes(services: ApiServices): Routes {
  const { database, acting, sharing } = services;
  const itemsOf = async (rows: readonly AlertRow[], gone: AbortSignal) =>
    await eachInTurn(rows, 'finding alerts', gone, (row) => alertItem(row, services));
  return (api) => {
    api.get(
      '/alerts',
      {
        config: {
          right: 'read',
          byLink: sharing.reads.alerts<{ readonly label?: string[] }>(({ label = [], ...filters }) => ({
            ...filters,
            labels: pairsOf('label', label),
          })),
        },
        schema: {
          ...{
            operationId: 'listAlerts',
            summary: 'Alerts and their states, newest first',
            tags: ['alerts'],
          },
          querystring: Type.Object(
            {
              ...TenantQuery.properties,
              state: Type.Optional(Type.Enum(STATES)),
              severity: Type.Optional(Type.Enum(SEVERITIES)),
              rule: Type.Optional(Type.String({ maxLength: 120 })),
              label: Type.Optional(
                Type.Array(PairField(600), {
                  maxItems: MAX_LABELS,
                  description: 'Such as host=web-1; all given have to be there',
                  examples: [['host=web-1']],
                }),
              ),
              ...PageQuery,
            },
            { additionalProperties: false },
          ),
          response: { 200: Page(Alert), ...PROBLEMS },
        },
      },
      async ({ query, asking: { tenantId }, gone }) => {
        const { rule, label = [], limit } = query;
        const rows = await database.read(tenantId, 'finding alerts', gone, (reader) =>
          findAlerts(reader, {
            ...query,
            ...(rule !== undefined && { rules: idsOfRule(tenantId, rule) }),
            labels: pairsOf('label', label),
            after: placeOf(query.cursor, ['number', 'string']) as [number, string] | null,
            limit: limit + 1,
          }),
        );
        const page = pageOf(
          rows,
          limit,
          (row) => [row.startsAt.getTime(), row.fingerprint],
          (row) => row,
        );
        return { ...page, items: await itemsOf(page.items, gone) };
      },
    );
    api.get(
      '/alerts/:id',
      {
        config: { right: 'read' },
        schema: {
          operationId: 'getAlert',
          summary:
            'An alert by its fingerprint, with the times that it went up, newest first; or a rule by its name',
          tags: ['alerts'],
          ...{ params: IdPath, querystring: TenantQuery },
          response: { 200: Type.Union([AlertWithTimes, Rule]), ...PROBLEMS },
        },
      },
      async ({ params: { id }, asking: { tenantId }, gone }) => {
        const { rows, states } = await database.read(tenantId, 'finding an alert', gone, async (reader) => {
          const rows = await findAlerts(reader, { fingerprint: id, limit: MAX_OCCURRENCES });
          const since = rows.at(-1)?.startsAt;
          const limit = STATES.length * MAX_OCCURRENCES;
          return {
            rows,
            states: since === undefined ? [] : await findAlertStates(reader, id, { since, limit }),
          };
        });
        const [latest] = rows;
        if (latest === undefined)
          return ruleItem(found(await ownRule(acting, tenantId, id), 'alert or rule', id));
        return {
          ...alertItem(latest, services),
          occurrences: await itemsOf(rows, gone),
          history: historyOf(rows, states, acting.control.decisions.acknowledgementOf(latest)),
        };
      },
    );
    api.post(
      '/alerts/:fingerprint/ack',
      {
        config: { right: 'operate' },
        schema: {
          operationId: 'acknowledgeAlert',
          summary: 'Acknowledge an alert: it is neither repeated nor escalated until it is resolved',
          tags: ['alerts'],
          params: Type.Object({ fingerprint: Type.String({ maxLength: 256 }) }),
          ...{ querystring: TenantQuery, headers: WriteHeaders },
          body: Type.Union([
            Type.Object(
              {
                comment: Type.Optional(Type.String({ maxLength: 1_000, description: 'What is being done' })),
              },
              { additionalProperties: false },
            ),
            Type.Null(),
          ]),
          response: {
            200: Type.Object(
              { fingerprint: Type.String(), acknowledgedAt: Time, by: Type.String() },
              { title: 'Acknowledgement' },
            ),
            ...PROBLEMS,
          },
        },
      },
      async (request, reply) =>
        await acting.once.answer(request, reply, 200, async () => {
          const { params, body, asking, gone } = request;
          const { fingerprint } = params;
          const [alert] = await database.read(asking.tenantId, 'finding an alert', gone, (reader) =>
            findAlerts(reader, { fingerprint, live: true, limit: 1 }),
          );
          const { author, createdAt } = await acknowledge(
            accessFor(acting, asking.caller),
            found(alert, 'pending or firing alert', fingerprint),
            { comment: body?.comment ?? '' },
          );
          return { fingerprint, acknowledgedAt: new Date(createdAt).toISOString(), by: author };
        }),
    );
  };
}
