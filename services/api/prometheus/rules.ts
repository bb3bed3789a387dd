import { termsText } from '../../../shared/alerting/rules/anomaly-terms.js';
import type { RuleValues } from '../../../shared/alerting/rules/rule-config.js';
import type { Millis } from '../../../shared/core/clock.js';
import { isoTime } from '../../../shared/core/iso-time.js';
import { parseDuration } from '../../../shared/files/duration.js';
import type { RuleState } from '../queries/rule-states.js';
import { ORIGINS, type TenantRule } from '../rules/rules-of-tenant.js';
import type { FiringAlert } from './firing-alerts.js';
import type { Parameters } from './parameters.js';
import { invalid } from './promql/model/faults.js';

/** Where rules come from, in the place of the files that Prometheus names. */
const FILES = { api: 'api', control: 'control.rules', file: 'RULES_FILE' } as const;
/** Alert rules have no time: each is evaluated with every window. */
const NEVER = '0001-01-01T00:00:00Z';
export const MAX_NAMES = 1_000;
/** As Go reads truth. */
export const YES = '1|t|T|TRUE|true|True';
export const NO = '0|f|F|FALSE|false|False';

/** An alert, with the rule that it is of. */
export type RuleAlert = FiringAlert & { readonly rule: string };

export interface RuleFilter {
  readonly alerting: boolean;
  readonly recording: boolean;
  readonly withAlerts: boolean;
  readonly names: ReadonlySet<string> | null;
  readonly groups: ReadonlySet<string> | null;
  readonly files: ReadonlySet<string> | null;
}

/** By the parameters that Prometheus documents. @throws TACTUS_PROMQL_INVALID */
export function ruleFilter(parameters: Parameters): RuleFilter {
  const type = parameters.short('type');
  if (type !== null && type !== 'alert' && type !== 'record')
    throw invalid(`invalid parameter "type": not supported value ${JSON.stringify(type.slice(0, 100))}`);
  const exclude = parameters.short('exclude_alerts');
  if (exclude !== null && ![...YES.split('|'), ...NO.split('|')].includes(exclude))
    throw invalid('invalid parameter "exclude_alerts": allowed are true and false');
  const set = (name: string) => {
    const found = parameters.all(name, MAX_NAMES);
    return found.length === 0 ? null : new Set(found);
  };
  return {
    alerting: type !== 'record',
    recording: type !== 'alert',
    withAlerts: exclude === null || NO.split('|').includes(exclude),
    ...{ names: set('rule_name[]'), groups: set('rule_group[]'), files: set('file[]') },
  };
}

/**
 * Rules as Prometheus gives them: a group for each place where rules come from; those that are switched off are left out.
 */
export function ruleGroups(
  rules: readonly TenantRule[],
  {
    states,
    recorded,
  }: {
    readonly states: (id: string) => RuleState;
    /** When recording rules have given a value last, by their ids. */
    readonly recorded: ReadonlyMap<string, Millis>;
  },
  alerts: readonly RuleAlert[],
  filter: RuleFilter,
) {
  const byRule = Map.groupBy(alerts, ({ rule }) => rule);
  return ORIGINS.flatMap((origin) => {
    const file = FILES[origin];
    const isWanted = (filter.groups?.has(origin) ?? true) && (filter.files?.has(file) ?? true);
    const own = rules.filter(
      (rule) =>
        rule.origin === origin &&
        rule.enabled &&
        (rule.values.record === undefined ? filter.alerting : filter.recording) &&
        (filter.names?.has(rule.values.record ?? rule.name) ?? true),
    );
    if (!isWanted || own.length === 0) return [];
    return [
      {
        ...{ name: origin, file, interval: 0, limit: 0, evaluationTime: 0, lastEvaluation: NEVER },
        rules: own.map((rule) => {
          const { record } = rule.values;
          return record === undefined
            ? alertingItem(rule, states(rule.id), filter.withAlerts ? byRule.get(rule.id) : [])
            : recordingItem(rule, record, states(rule.id), recorded.get(rule.id));
        }),
      },
    ];
  });
}

function recordingItem({ values }: TenantRule, name: string, { problem }: RuleState, at?: Millis) {
  return {
    ...{ name, query: queryOf(values), labels: { ...values.labels }, ...healthOf(problem) },
    ...(at !== undefined && { lastEvaluation: isoTime(at) }),
    type: 'recording',
  };
}

/** The condition; of a rule that has none, what it is about in its place. */
function queryOf(values: RuleValues): string {
  const { expr, model, threshold, sensitivity } = values;
  if (expr !== undefined) return expr;
  return (model ?? threshold ?? sensitivity) === undefined ? 'no data' : termsText(values);
}

function healthOf(problem: string | null) {
  return {
    health: problem === null ? 'ok' : 'err',
    ...(problem !== null && { lastError: problem }),
    ...{ evaluationTime: 0, lastEvaluation: NEVER },
  };
}

function alertingItem({ name, values }: TenantRule, state: RuleState, alerts: readonly RuleAlert[] = []) {
  const seconds = (duration: string | undefined) =>
    duration === undefined ? 0 : (parseDuration(duration) ?? 0) / 1_000;
  const { firing, pending, problem } = state;
  return {
    state: firing > 0 ? 'firing' : pending > 0 ? 'pending' : 'inactive',
    ...{ name, query: queryOf(values) },
    ...{ duration: seconds(values.for), keepFiringFor: seconds(values.keepFiringFor) },
    labels: { ...values.labels, severity: values.severity ?? 'warning' },
    annotations: { ...values.annotations },
    alerts: alerts.map(({ rule: _, ...alert }) => alert),
    ...{ ...healthOf(problem), type: 'alerting' },
  };
}
