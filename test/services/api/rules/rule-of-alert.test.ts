import assert from 'node:assert/strict';
import { it } from 'node:test';
import { idsOfRule, ruleOfAlert } from '../../../../services/api/rules/rule-of-alert.js';
import { ownRuleId } from '../../../../shared/alerting/rules/rule-config.js';

it('a rule that a tenant has made is known by its name alone, also where an alert says that it fails', () => {
  const id = ownRuleId('acme', 'Slow');
  for (const [of, shown] of [
    [id, 'Slow'],
    [`RuleFailing:${id}`, 'RuleFailing:Slow'],
    ['HostCpuHigh', 'HostCpuHigh'],
    ['RuleFailing:HostCpuHigh', 'RuleFailing:HostCpuHigh'],
  ] as const) {
    assert.equal(ruleOfAlert('acme', of), shown);
    assert.ok(idsOfRule('acme', shown).includes(of), of);
  }
  assert.equal(ruleOfAlert('globex', `RuleFailing:${id}`), `RuleFailing:${id}`);
});
