import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RuleEvaluations } from '../../../../services/api/acting/rule-evaluations.js';
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

  it('have their mistakes named with the place', async () => {
    const evaluations = new RuleEvaluations(loadConfig({}));
    const outcome = await evaluations.run(
      { kind: 'check', rules: 'rules: [{ name: A, window: 10s, expr: "mean >" }]' },
      ASKING,
      async (evaluation) => evaluation.outcome,
    );
    assert.equal(outcome.kind === 'mistakes' && outcome.mistakes[0]?.key, 'rules[0].expr');
  });
});
