import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseRouting } from '../../services/alerting/notify/routing-file.js';
import { parseDetectionRules } from '../../services/anomaly/detection-file.js';
import { parseMappings } from '../../services/ingest/mappings/mappings-file.js';
import { staticCodecs } from '../../shared/adapters/avro/static-codecs.js';
import { parseRuleTests, runRuleTest } from '../../shared/alerting/rule-tests.js';
import { parseRules } from '../../shared/alerting/rules/rules-file.js';
import { parseTenants } from '../../shared/catalog/tenants-file.js';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { pointOf } from '../support/point.js';
import { Readme } from '../support/readme.js';
import { shellCalls } from '../support/shell-calls.js';
import { StageChain } from '../support/stage-chain.js';

const PAGES = ['README.md', ...['alerting', 'anomaly', 'ingest', 'windowing'].map(readmeOf)];
const DEFAULTS = {
  ...{ metrics: '*', tenants: '*', window: '10s', field: 'mean', sensitivity: 1 },
  ...{ above: null, below: null },
};
const WAITS = {
  codecs: staticCodecs(),
  staleAfterMs: 60_000,
  anomalyStaleAfterMs: 60_000,
  forgetAfterMs: 60_000,
  joinWaitMs: 30_000,
};
const SECRETS = {
  ...{ SLACK_WEBHOOK_URL: 'https://slack.example', SMTP_PASSWORD: 'x', ACTION_SECRET: 'x' },
  ...{ TEAMS_WEBHOOK_URL: 'https://teams.example', DISCORD_WEBHOOK_URL: 'https://discord.example' },
  ...{ TELEGRAM_TOKEN: '12:x', OPSGENIE_KEY: 'x', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
};

function readmeOf(service: string): string {
  return join('services', service, 'README.md');
}

/** The one block of YAML of a page that begins with a key. */
function example(path: string, key: string): string {
  const [block, ...others] = new Readme(path).code('yaml').filter((text) => text.startsWith(`${key}:`));
  assert.ok(block !== undefined && others.length === 0, `${path}: ${key}`);
  return block;
}

/** What reads each kind of file. */
const PARSERS: Readonly<Record<string, (text: string, path: string) => { readonly length: number }>> = {
  windows: parseDefinitions,
  rules: parseRules,
  tests: parseRuleTests,
  tenants: (text, path) => [...parseTenants(text, path)],
  mappings: parseMappings,
  detection: (text, path) => parseDetectionRules(text, path, DEFAULTS),
  channels: (text, path) =>
    parseRouting(text.replace('/run/secrets/pagerduty', join(packageRoot(), 'LICENSE')), path, SECRETS)
      .channels,
};

describe('the YAML of the pages', () => {
  for (const path of PAGES)
    it(`is taken by the workers: ${path}`, () => {
      const blocks = new Readme(path).code('yaml');
      assert.ok(blocks.length > 0);
      for (const block of blocks) {
        const [, key = ''] = /^(\w+):/.exec(block) ?? [];
        const parse = PARSERS[key];
        assert.ok(parse !== undefined, `${path}: a block begins with ${key}`);
        assert.ok(parse(block, path).length > 0);
      }
    });

  it('has rules whose windows are defined, and whose tests pass', () => {
    const alerting = readmeOf('alerting');
    const pairs = [
      ['README.md', 'README.md'],
      [readmeOf('windowing'), alerting],
    ] as const;
    for (const [windows, rules] of pairs) {
      const names = parseDefinitions(example(windows, 'windows'), windows).map(({ name }) => name);
      for (const { window } of parseRules(example(rules, 'rules'), rules))
        assert.ok(window === null || names.includes(window), `${rules}: no definition is called ${window}`);
    }
    for (const one of parseRuleTests(example(alerting, 'tests'), alerting))
      assert.deepEqual(runRuleTest(parseRules(example(alerting, 'rules'), alerting), one, WAITS), []);
  });

  it('has every type of channel', () => {
    const types = [...example(readmeOf('alerting'), 'channels').matchAll(/^ {4}type: (\w+)/gm)];
    assert.deepEqual(types.map(([, type]) => type).sort(), [
      ...[
        'action',
        'custom',
        'discord',
        'email',
        'opsgenie',
        'pagerduty',
        'slack',
        'sns',
        'teams',
        'telegram',
      ],
      'webhook',
    ]);
  });
});

describe('an anomaly and an alert in one minute', () => {
  const [line] = shellCalls(new Readme().commands().filter((command) => command.includes('$(seq')));
  const [, , , , tenantId = '', metric = '', ...values] = line?.calls[0] ?? [];

  it('come of what the README sends, with the files that it starts with', () => {
    assert.ok(values.length > 40 && values.length <= 60);
    const file = (name: string) => readFileSync(join(packageRoot(), 'services/cli/examples', name), 'utf8');
    const chain = new StageChain({
      now: 1_795_656_000_000,
      windows: file('windows.yaml'),
      rules: file('rules.yaml'),
      detection: file('detection.yaml'),
    });
    const tags = { host: 'web-1' };
    for (const value of values) {
      // Not in step with the windows, as those of a reader are not.
      chain.send(pointOf({ tenantId, metric, tags, timestamp: chain.now, value: Number(value) }));
      chain.advance(1_003);
    }
    const quiet = values.indexOf('400');
    assert.deepEqual(
      chain.anomalies.map(({ value, window }) => [value, window]),
      [[400, 'checkout-1s']],
    );
    assert.ok((chain.anomalies[0]?.start ?? 0) >= 1_795_656_000_000 + quiet * 1_000);
    assert.deepEqual(
      chain.alerts.map(({ rule, state }) => [rule, state]),
      [
        ['CheckoutSlow', 'pending'],
        ['CheckoutSlow', 'firing'],
      ],
    );
  });
});
