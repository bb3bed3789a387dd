import { type Static, Type } from 'typebox';
import type { RuleConfig } from '../../../schemas/types.js';
import { NAMED_SENSITIVITIES } from '../../../shared/alerting/rules/anomaly-terms.js';
import {
  MAX_OWN_NAME,
  ownRuleId,
  ownRuleValues,
  type RuleValues,
} from '../../../shared/alerting/rules/rule-config.js';
import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { MOST_OF_RULES } from '../../../shared/detection/candidates.js';
import { MODELS } from '../../../shared/detection/models.js';
import type { Acting } from '../acting/acting.js';
import { DurationField } from '../http/range.js';
import type { RuleState } from '../queries/rule-states.js';
import { ORIGINS, type TenantRule } from '../rules/rules-of-tenant.js';
import { Time } from './requests.js';

const MAX_TEXT = 2_000;
const Text = Type.String({ maxLength: MAX_TEXT });
const Texts = Type.Record(Type.String({ maxLength: 100 }), Text, { maxProperties: 100 });

const PerCent = Type.Optional(Type.Number({ minimum: 1, maximum: 99 }));

/** The keys of a rules file, but for `tenant`, which is the one that the rule is made for. */
const KEYS = {
  record: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        'Of a recording rule: the metric that the value of expr is recorded as, with labels as further tags',
      examples: ['checkout:error_rate:ratio'],
    }),
  ),
  on: Type.Optional(Type.Enum(['window', 'anomaly'])),
  window: Type.Optional(Type.String({ maxLength: 200, examples: ['10s'] })),
  metric: Type.Optional(Type.String({ maxLength: 200, description: 'A glob', examples: ['checkout.*'] })),
  metrics: Type.Optional(
    Type.Record(
      Type.String({ maxLength: 100 }),
      Type.Union([
        Text,
        Type.Object({ metric: Text, default: Type.Optional(Type.Number()) }, { additionalProperties: false }),
      ]),
      {
        ...{ minProperties: 2, maxProperties: 8 },
        description: 'Several metrics, evaluated together, by the names that expr has for them',
      },
    ),
  ),
  expr: Type.Optional(Type.String({ maxLength: MAX_TEXT, description: 'CEL', examples: ['mean > 300.0'] })),
  model: Type.Optional(
    Type.Enum(MODELS, { description: 'Of anomalies, what found them; anomaly_detector is any' }),
  ),
  threshold: Type.Optional(
    Type.Number({
      ...{ minimum: 0, maximum: 1, examples: [0.8] },
      description: 'The score of an anomaly from which it alerts',
    }),
  ),
  sensitivity: Type.Optional(
    Type.Union(
      [Type.Enum(Object.keys(NAMED_SENSITIVITIES)), Type.Number({ minimum: 0, maximum: MOST_OF_RULES })],
      {
        description: 'How readily it takes something for an anomaly; medium or 0.5: as detection does',
      },
    ),
  ),
  values: Type.Optional(Texts),
  ...{
    for: Type.Optional(DurationField('How long it holds before the alert fires', '5m')),
    keepFiringFor: Type.Optional(DurationField('How long the alert goes on when it no longer holds', '5m')),
    staleAfter: Type.Optional(DurationField('How long without windows is no data', '5m')),
  },
  flapping: Type.Optional(
    Type.Union(
      [Type.Boolean(), Type.Object({ high: PerCent, low: PerCent }, { additionalProperties: false })],
      {
        description:
          'Whether alerts whose state changes too often are marked, and their notifications held back: above so many per cent of the last 20 evaluations, until below so many',
      },
    ),
  ),
  noData: Type.Optional(Type.Enum(['resolve', 'keep', 'alert'])),
  expected: Type.Optional(
    Type.Array(
      Type.Object(
        { metric: Type.Optional(Text), tags: Type.Optional(Texts) },
        { additionalProperties: false, title: 'ExpectedSeries' },
      ),
      {
        ...{ minItems: 1, maxItems: 1_000 },
        description:
          'With noData: alert, series whose silence counts from when the rule is in force, though they were never seen: all of their tags, and the metric unless the rule names one',
      },
    ),
  ),
  severity: Type.Optional(Type.Enum(['info', 'warning', 'critical'])),
  groupBy: Type.Optional(
    Type.Union([Type.Literal('series'), Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 })]),
  ),
  ...{ labels: Type.Optional(Texts), annotations: Type.Optional(Texts) },
} as const;

const enabled = Type.Boolean({ default: true, description: 'False keeps the rule without applying it' });

/** A rule as it is sent in the place of one that its path names. */
export const RuleBody = Type.Object(
  { ...KEYS, enabled: Type.Optional(enabled) },
  { additionalProperties: false },
);

export const NewRule = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: MAX_OWN_NAME }), ...RuleBody.properties },
  { additionalProperties: false },
);

export const Rule = Type.Object(
  { name: Type.String(), ...KEYS, enabled, updatedAt: Time },
  { title: 'Rule' },
);

export const Origin = Type.Enum(ORIGINS, {
  description:
    'api: the tenant has made it, and can change it; control: a record of control.rules for this tenant too; file: of RULES_FILE, or shipped',
});

const RULE_STATES = ['firing', 'pending', 'inactive', 'off'] as const;

/** A rule as it is listed. */
export const ListedRule = Type.Object({
  ...Rule.properties,
  updatedAt: Type.Union([Time, Type.Null()], { description: 'Null for one of a file' }),
  origin: Origin,
  state: Type.Enum(RULE_STATES, { description: 'The worst of its alerts; off: it is not applied' }),
  firing: Type.Integer({ description: 'Alerts that fire' }),
  pending: Type.Integer({ description: 'Alerts that wait for the time of `for`' }),
  recordedAt: Type.Union([Time, Type.Null()], {
    description: 'End of the last window of the last day that a recording rule has given a value for',
  }),
  problem: Type.Union([Type.String(), Type.Null()], {
    description: 'Why it cannot be evaluated; null where it can',
  }),
});

/** A rule that the tenant has made for itself; undefined where there is none of that name. */
export async function ownRule(
  { control }: Pick<Acting, 'control'>,
  tenantId: string,
  name: string,
): Promise<RuleConfig | undefined> {
  return (await control.as('').latest('control.rules')).get(ownRuleId(tenantId, name));
}

export function ruleItem(config: RuleConfig): Static<typeof Rule> {
  const { enabled, updatedAt } = config;
  return { ...shown(ownRuleValues(config)), enabled, updatedAt: isoTime(updatedAt) } as Static<typeof Rule>;
}

export type ListedState = RuleState & { readonly recordedAt: Millis | null };

export function listedRule(
  one: TenantRule,
  { firing, pending, problem, recordedAt }: ListedState,
): Static<typeof ListedRule> {
  const { values, name, origin, enabled, updatedAt } = one;
  return {
    ...{ ...shown(values), name, origin, enabled, firing, pending, problem },
    updatedAt: updatedAt === null ? null : isoTime(updatedAt),
    recordedAt: recordedAt === null ? null : isoTime(recordedAt),
    state: stateOf(one, { firing, pending }),
  } as Static<typeof ListedRule>;
}

export function stateOf(
  { enabled }: Pick<TenantRule, 'enabled'>,
  { firing, pending }: Pick<RuleState, 'firing' | 'pending'>,
): (typeof RULE_STATES)[number] {
  if (!enabled) return 'off';
  return firing > 0 ? 'firing' : pending > 0 ? 'pending' : 'inactive';
}

function shown({ groupBy, metrics, expected, ...values }: RuleValues) {
  return {
    ...values,
    ...(expected !== undefined && { expected: expected.map((one) => ({ ...one })) }),
    ...(groupBy !== undefined && { groupBy: groupBy === 'series' ? groupBy : [...groupBy] }),
    ...(metrics !== undefined && { metrics: { ...metrics } }),
  };
}

export function valuesOf(name: string, body: Static<typeof RuleBody>): RuleValues {
  const { enabled: _, ...values } = body;
  return { ...values, name } as RuleValues;
}
