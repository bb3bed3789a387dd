import { FAILING } from '../../../shared/alerting/rules/rule.js';
import { ownRuleId, shownRuleName } from '../../../shared/alerting/rules/rule-config.js';

/** Of alerts about a rule that cannot be evaluated: its id follows. */
const FAILS = `${FAILING}:`;

/** The rule of an alert, as people of its tenant know it. @param id as the alert has it */
export function ruleOfAlert(tenantId: string, id: string): string {
  return id.startsWith(FAILS)
    ? `${FAILS}${shownRuleName(tenantId, id.slice(FAILS.length))}`
    : shownRuleName(tenantId, id);
}

/** The ids whose {@link ruleOfAlert} a text may be. */
export function idsOfRule(tenantId: string, shown: string): string[] {
  const own = shown.startsWith(FAILS)
    ? `${FAILS}${ownRuleId(tenantId, shown.slice(FAILS.length))}`
    : ownRuleId(tenantId, shown);
  return [shown, own];
}
