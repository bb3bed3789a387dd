import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RuleEvaluations } from '../../../../services/api/acting/rule-evaluations.js';
import type { SeenWindows } from '../../../../shared/alerting/rules/unseen.js';
import { loadConfig } from '../../../../shared/config/load.js';
import { TactusError } from '../../../../shared/core/errors.js';

const RULES = 'rules:\n  - { name: Slow, window: 10s, metric: latency, expr: mean > 300.0 }\n';
const ASKING = { tenantId: 'acme', gone: new AbortController().signal };
/** Every second of a month is lived through. */
const ENDLESS = 'tests:\n  - { interval: 1s, alerts: [{ at: 30d, rule: Slow }] }\n';

describe('rules that somebody sends', () => {
  it('end when they take too long, and the process goes on meanwhile', async () => {
    const evaluations = new RuleEvaluations(loadConfig({ TACTUS_API_RULE_TIMEOUT_MS: '1500' }));
    const task = { kind: 'test', rules: RULES, tests: ENDLESS, waits: evaluations.waits } as const;
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 10);
    await assert.rejects(
      evaluations.run(task, ASKING, async ({ outcome }) => outcome),
      (error: unknown) => error instanceof TactusError && error.code === 'TACTUS_QUERY_TOO_LARGE',
    );
    clearInterval(watch);
    assert.ok(longest < 1_000, `stood still for ${longest} ms`);
  });

  it('end when whoever asks has gone', async () => {
    const evaluations = new RuleEvaluations(loadConfig({ TACTUS_API_RULE_TIMEOUT_MS: '600000' }));
    const task = { kind: 'test', rules: RULES, tests: ENDLESS, waits: evaluations.waits } as const;
    const gone = new AbortController();
    const running = evaluations.run(
      task,
      { tenantId: 'acme', gone: gone.signal },
      async ({ outcome }) => outcome,
    );
    gone.abort();
    await assert.rejects(running, TactusError);
  });

  it('have their mistakes named with the place, windows that are not defined among them', async () => {
    assert.deepEqual(await mistakes('{ name: A, window: 10s, expr: "mean >" }'), ['rules[0].expr']);
    assert.deepEqual(await mistakes('{ name: A, window: 11s, expr: mean > 1.0 }'), ['rules[0].window']);
  });

  it('cause warnings of what was never seen, if that is asked for', async () => {
    const rules =
      '{ name: A, window: 10s, metric: "cpu.*", expr: mean > 1.0, groupBy: [rack] }, { name: B, metric: up, window: 10s, expr: mean > 1.0 }';
    const seen = [{ tenantId: 'acme', metric: 'cpu.usage', window: null, tags: ['host'] }];
    assert.deepEqual(await warnings(rules, null), []);
    assert.deepEqual(await warnings(rules, seen), [
      'rule "A": no series of cpu.* with the tag rack was seen in windows "10s"',
      'rule "B": no metric up was seen in windows "10s"',
    ]);
  });

  it('are checked without windows where the file of these cannot be read, which is said', async () => {
    const outcome = await check('{ name: A, window: 11s, expr: mean > 1.0 }', null, '/nowhere/windows.yaml');
    assert.ok(outcome.kind === 'check');
    assert.deepEqual(outcome.warnings, ['WINDOWS_FILE cannot be read: windows of rules are not checked']);
  });
});

async function check(rules: string, seen: readonly SeenWindows[] | null, windowsFile = '') {
  const task = { kind: 'check', rules: `rules: [${rules}]`, windowsFile, seen } as const;
  return await new RuleEvaluations(loadConfig({})).run(task, ASKING, async ({ outcome }) => outcome);
}

async function mistakes(rules: string): Promise<string[]> {
  const outcome = await check(rules, null);
  return outcome.kind === 'mistakes' ? outcome.mistakes.map(({ key }) => key) : assert.fail(outcome.kind);
}

async function warnings(rules: string, seen: readonly SeenWindows[] | null): Promise<readonly string[]> {
  const outcome = await check(rules, seen);
  return outcome.kind === 'check' ? outcome.warnings : assert.fail(outcome.kind);
}
