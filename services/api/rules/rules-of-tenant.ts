import type { RuleConfig } from '../../../schemas/types.js';
import { ownRuleName, ownRuleValues, type RuleValues } from '../../../shared/alerting/rules/rule-config.js';
import type { WrittenRule } from '../../../shared/alerting/rules/rules-file.js';
import type { Millis } from '../../../shared/core/clock.js';
import { globMatcher } from '../../../shared/core/glob.js';
import type { Series } from '../../../shared/wire/series.js';

/**
 * Where a rule comes from: `api`, the tenant itself has made it; `control`, somebody has written it to `control.rules` for
 * this tenant too; `file`, it is of `RULES_FILE`, or shipped. Only the first can be changed here.
 */
export const ORIGINS = ['api', 'control', 'file'] as const;
export type Origin = (typeof ORIGINS)[number];

/** A rule that is about a tenant. */
export interface TenantRule {
  /** As alerts name it. */
  readonly id: string;
  readonly name: string;
  readonly origin: Origin;
  readonly values: RuleValues;
  readonly enabled: boolean;
  /** Null for one of a file. */
  readonly updatedAt: Millis | null;
}

/**
 * All rules that are about a tenant, by name. Records of `control.rules` stand for those of the file that have their
 * name.
 *
 * @param records of `control.rules`, by their ids
 */
export function rulesOfTenant(
  tenantId: string,
  records: ReadonlyMap<string, RuleConfig>,
  file: readonly WrittenRule[],
): TenantRule[] {
  const found = [...records].flatMap(([id, config]) => ofRecord(tenantId, id, config));
  for (const { rule, values } of file)
    if (!records.has(rule.name) && rule.tenant(tenantId)) {
      // Those of others are theirs.
      const { expected: _, ...written } = values;
      const expected = expectedOf(tenantId, rule.expected);
      found.push({
        ...{ id: rule.name, name: rule.name, origin: 'file', enabled: true, updatedAt: null },
        values: {
          on: 'window',
          ...(rule.record === null && { severity: 'warning' }),
          ...written,
          name: rule.name,
          ...(expected.length > 0 && { expected }),
        },
      });
    }
  return found.sort((a, b) => compareRules([a.name, a.origin], [b.name, b.origin]));
}

/** By name; of several of one name that of the tenant itself comes first. */
export function compareRules(a: readonly [string, string], b: readonly [string, string]): number {
  const at = a[0] === b[0] ? 1 : 0;
  if (a[at] === b[at]) return 0;
  return (a[at] as string) < (b[at] as string) ? -1 : 1;
}

function ofRecord(tenantId: string, id: string, config: RuleConfig): TenantRule[] {
  const own = ownRuleName(config.tenantGlob, id);
  const isMeant = own === null ? globMatcher(config.tenantGlob)(tenantId) : config.tenantGlob === tenantId;
  if (!isMeant) return [];
  const { enabled, updatedAt } = config;
  const origin = own === null ? 'control' : 'api';
  const shown = { ...config, expected: config.expected.filter((one) => one.tenantId === tenantId) };
  return [{ id, name: own ?? id, origin, values: ownRuleValues(shown), enabled, updatedAt }];
}

function expectedOf(tenantId: string, all: readonly Series[]): { metric: string; tags: Series['tags'] }[] {
  return all.filter((one) => one.tenantId === tenantId).map(({ metric, tags }) => ({ metric, tags }));
}
