import { FAILING } from '../../../shared/alerting/rules/rule.js';
import type { TenantReader } from './tenant-database.js';

/** What has become of a rule, by its alerts. */
export interface RuleState {
  readonly firing: number;
  readonly pending: number;
  /** Why it cannot be evaluated, as its alert says; null where it can. */
  readonly problem: string | null;
}

const QUIET: RuleState = { firing: 0, pending: 0, problem: null };

/** By the rules' ids. */
export async function findRuleStates(reader: TenantReader): Promise<(id: string) => RuleState> {
  const rows = await reader.rows<{ rule: string; firing: number; pending: number; summary: string | null }>(
    `SELECT rule, count(*) FILTER (WHERE state = 'firing')::int AS firing,
       count(*) FILTER (WHERE state = 'pending')::int AS pending, min(annotations ->> 'summary') AS summary
     FROM tactus_tenant.alerts WHERE state <> 'resolved' GROUP BY rule`,
  );
  const states = new Map(rows.map(({ rule, ...row }) => [rule, row]));
  return (id) => {
    const { firing, pending } = states.get(id) ?? QUIET;
    const failing = states.get(`${FAILING}:${id}`);
    return {
      firing,
      pending,
      problem: failing === undefined ? null : (failing.summary ?? 'it cannot be evaluated'),
    };
  };
}
