import { TactusError } from '../../../shared/core/errors.js';
import { rangeOf } from '../http/range.js';
import { alertItem } from '../routes/alerts.js';
import { anomalyItem } from '../routes/anomalies.js';
import { ownRule, ruleItem } from '../routes/rule-item.js';
import type { ApiServices } from '../routes/services.js';
import { silenceItem } from '../routes/silence-item.js';
import type { Builder } from './builder.js';
import type { TypeMapper } from './type-mapper.js';

const DAY_MS = 86_400_000;
const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

interface ShownAlert {
  readonly fingerprint: string;
  readonly rule: string;
  readonly labels: Record<string, string>;
}

/** Fields that lead from one answer to another, which takes a second request of REST: each is one query for all objects of a list. */
export function addEdges(builder: Builder, types: TypeMapper, services: ApiServices): void {
  const { acting, clock, limits } = services;
  for (const name of ['Alert', 'AlertWithTimes'])
    builder.objectFields(types.object(name), (t) => ({
      silences: t.field({
        description: 'Silences that it fits, those that start later included',
        type: [types.object('Silence')],
        nullable: true,
        args: { limit: t.arg.int({ required: true, defaultValue: DEFAULT_LIMIT }) },
        resolve: async (alert, { limit }, { own }, info) => {
          const { labels } = alert as ShownAlert;
          const found = await own.loaders.silencesOf(own.root(info).asking, labels, checked(limit));
          return found.map((one) => silenceItem(one, clock.now()));
        },
      }),
      definition: t.field({
        description: 'The rule that raised it, where the tenant has made it',
        type: types.object('Rule'),
        nullable: true,
        resolve: async (alert, _, { own }, info) => {
          const { tenantId } = own.root(info).asking;
          const rule = await ownRule(acting, tenantId, (alert as ShownAlert).rule);
          return rule === undefined ? null : ruleItem(rule);
        },
      }),
    }));
  builder.objectField(types.object('Alert'), 'occurrences', (t) =>
    t.field({
      description: 'The times that it went up, newest first',
      type: [types.object('Alert')],
      nullable: true,
      args: { limit: t.arg.int({ required: true, defaultValue: DEFAULT_LIMIT }) },
      resolve: async (alert, { limit }, { own }, info) => {
        const { fingerprint } = alert as ShownAlert;
        const rows = await own.loaders.occurrences(own.root(info).asking, fingerprint, checked(limit));
        return rows.map((row) => alertItem(row, services));
      },
    }),
  );
  builder.objectField(types.object('Series'), 'anomalies', (t) =>
    t.field({
      description: 'Of the series in a range, of a day by default; newest first',
      type: [types.object('Anomaly')],
      nullable: true,
      args: {
        from: t.arg.string({ required: false }),
        to: t.arg.string({ required: false }),
        limit: t.arg.int({ required: true, defaultValue: DEFAULT_LIMIT }),
      },
      resolve: async (series, { from, to, limit }, { own }, info) => {
        const { tags } = series as { readonly tags: Record<string, string> };
        const { asking, args, now } = own.root(info);
        const range = rangeOf({ ...(from && { from }), ...(to && { to }) }, now, {
          ...{ byDefaultMs: DAY_MS, maxRangeMs: limits.maxRangeMs },
        });
        const name = { metric: String(args.metric), tags };
        const rows = await own.loaders.anomalies(asking, name, range, checked(limit));
        return rows.map((row) => anomalyItem(row, asking.tenantId, services));
      },
    }),
  );
}

/** @throws TactusError `TACTUS_REQUEST_INVALID` */
function checked(limit: number): number {
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new TactusError('TACTUS_REQUEST_INVALID', `limit: must be 1 to ${MAX_LIMIT}: value was ${limit}`);
}
