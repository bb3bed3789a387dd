import { Type } from 'typebox';
import { packageVersion } from '../../../shared/files/package-root.js';
import { findRecordedTimes } from '../queries/recorded-times.js';
import { findRuleStates } from '../queries/rule-states.js';
import { allRules } from '../rules/all-rules.js';
import { findLiveAlerts } from './firing-alerts.js';
import { findMetadata } from './metadata.js';
import { MAX_SHORT } from './parameters.js';
import { type AddPath, type PrometheusParts, readingWith, TEXT } from './path.js';
import { MAX_NAMES, NO, ruleFilter, ruleGroups, YES } from './rules.js';

/** The version whose language and answers these are. */
const VERSION = '2.42.0';
const HOUR_MS = 3_600_000;
const Names = Type.Optional(
  Type.Array(Type.String(), { maxItems: MAX_NAMES, description: 'May be repeated: any of them' }),
);
const Short = (pattern: string, description: string, example: string) =>
  Type.Optional(Type.String({ ...{ pattern, maxLength: MAX_SHORT, description }, examples: [example] }));

/** What is known beside the points. */
export function addStatusPaths(path: AddPath, parts: PrometheusParts): void {
  const { limits, clock, acting, fileRules } = parts;
  const most = limits.promqlMaxSeries;
  const read = readingWith(parts);
  /** @param found one more than are shown where there are more */
  const warned = (found: readonly unknown[]) =>
    found.length > most && {
      warnings: [`of more than ${most} alerts the newest are shown (TACTUS_API_PROMQL_MAX_SERIES)`],
    };

  path(
    '/metadata',
    'What is known of metrics that had points in the last hour',
    { metric: Type.Optional(Type.String(TEXT)), limit: Type.Optional(Type.String(TEXT)) },
    false,
    async (parameters, request) => ({
      data: await read(request, 'finding metadata', (reader) =>
        findMetadata(
          reader,
          parameters.text('metric'),
          clock.now() - HOUR_MS,
          parameters.limit('limit', most),
        ),
      ),
    }),
  );

  path(
    '/rules',
    'The rules that are about the tenant, with their alerts; conditions are CEL, not PromQL',
    {
      type: Short('^(alert|record)?$', 'alert or record', 'alert'),
      ...{ 'rule_name[]': Names, 'rule_group[]': Names, 'file[]': Names },
      exclude_alerts: Short(`^(${YES}|${NO})?$`, 'true leaves the alerts of rules out', 'true'),
    },
    false,
    async (parameters, request) => {
      const filter = ruleFilter(parameters);
      const rules = await allRules({ acting, fileRules }, request.asking);
      const { states, recorded, alerts } = await read(
        request,
        'finding rules and their alerts',
        async (reader) => ({
          states: await findRuleStates(reader),
          recorded: await findRecordedTimes(reader, rules),
          alerts: filter.withAlerts ? await findLiveAlerts(reader, most + 1) : [],
        }),
      );
      return {
        data: { groups: ruleGroups(rules, { states, recorded }, alerts.slice(0, most), filter) },
        ...warned(alerts),
      };
    },
  );

  path('/alerts', 'Alerts that fire, and those that wait to', {}, false, async (_parameters, request) => {
    const alerts = await read(request, 'finding alerts', (reader) => findLiveAlerts(reader, most + 1));
    return {
      data: { alerts: alerts.slice(0, most).map(({ rule: _, ...alert }) => alert) },
      ...warned(alerts),
    };
  });

  path('/status/buildinfo', 'The version whose language is spoken', {}, false, async () => ({
    data: {
      version: VERSION,
      revision: `tactus ${packageVersion()}`,
      ...{ branch: '', buildUser: '', buildDate: '', goVersion: '' },
    },
  }));
}
