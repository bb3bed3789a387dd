import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parseRouting } from '../../services/alerting/notify/routing-file.js';
import { parseRuleTests, runRuleTest } from '../../services/alerting/rule-tests.js';
import { parseRules } from '../../services/alerting/rules/rules-file.js';
import { parseDetectionRules } from '../../services/anomaly/detection-file.js';
import { metricRows } from '../../services/cli/generate/metrics-page.js';
import { parseTenants } from '../../shared/catalog/tenants-file.js';
import { loadTopics } from '../../shared/catalog/topics.js';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { configKeys } from '../../shared/config/load.js';
import { ERROR_CODES } from '../../shared/core/error-codes.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { TOPIC_NAMES } from '../../topics/names.js';
import { Readme } from './readme-tables.js';

const root = packageRoot();
const readme = new Readme();
/** Both lists, sorted, so that a difference names what one of them lacks. */
function same(found: readonly (string | undefined)[], wanted: readonly string[]): void {
  assert.deepEqual([...found].sort(), [...wanted].sort());
}

describe('the tables of the README', () => {
  it('have each topic with the key, schema, partitions, time and cleanup that it is declared with', () => {
    const rows = readme.rows('Topics');
    same(
      rows.map(([name]) => name),
      TOPIC_NAMES,
    );
    const topics = loadTopics();
    for (const [name, , key, value, partitions, kept, cleanup] of rows) {
      const topic = topics.get(name as (typeof TOPIC_NAMES)[number]);
      const retention = Number(topic?.config['retention.ms']);
      assert.deepEqual(
        { key, value, partitions, kept, cleanup },
        {
          key: topic?.key,
          value: topic?.value,
          partitions: String(topic?.partitions),
          kept: retention === -1 ? 'forever' : `${retention / 86_400_000} d`,
          cleanup: topic?.config['cleanup.policy'],
        },
        name,
      );
    }
  });
});

describe('the README', () => {
  it('has links only to what exists', () => {
    const links = [...readme.text.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to as string);
    const headings = [...readme.text.matchAll(/^#+ (.*)$/gm)].map(
      ([, title]) => `#${(title as string).toLowerCase().replaceAll(' ', '-')}`,
    );
    const dead = links.filter((to) =>
      to.startsWith('#') ? !headings.includes(to) : !to.startsWith('https://') && !existsSync(join(root, to)),
    );
    assert.deepEqual(dead, []);
    assert.ok(links.length > 15);
  });

  it('has scripts of npm that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...readme.text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string);
    assert.ok(named.length > 0);
    for (const name of named) assert.ok(name in scripts, name);
  });

  it('has examples of windows, rules, detection, tenants and channels that the workers take', () => {
    const examples = readme.code('yaml');
    const windows = examples.filter((text) => text.startsWith('windows:'));
    const rules = examples.filter((text) => text.startsWith('rules:'));
    const channels = examples.filter((text) => text.startsWith('channels:'));
    const tests = examples.filter((text) => text.startsWith('tests:'));
    const detection = examples.filter((text) => text.startsWith('detection:'));
    const tenants = examples.filter((text) => text.startsWith('tenants:'));
    const kinds = [windows, rules, detection, tenants, channels, tests];
    assert.deepEqual([...kinds.map(({ length }) => length), examples.length], [1, 1, 1, 1, 1, 1, 6]);
    assert.equal(parseTenants(tenants[0] as string, 'README.md').size, 1);
    const rest = {
      metrics: '*',
      tenants: '*',
      window: '10s',
      field: 'mean',
      sensitivity: 1,
      above: null,
      below: null,
    };
    parseDetectionRules(detection[0] as string, 'README.md', rest);
    const definitions = parseDefinitions(windows[0] as string, 'README.md');
    const names = definitions.map(({ name }) => name);
    for (const { window } of parseRules(rules[0] as string, 'README.md'))
      assert.ok(window === null || names.includes(window), `no definition is called ${window}`);
    const waits = {
      staleAfterMs: 60_000,
      anomalyStaleAfterMs: 60_000,
      forgetAfterMs: 60_000,
      joinWaitMs: 30_000,
    };
    for (const one of parseRuleTests(tests[0] as string, 'README.md'))
      assert.deepEqual(runRuleTest(parseRules(rules[0] as string, 'README.md'), one, waits), []);
    const secrets = { SLACK_WEBHOOK_URL: 'https://slack.example', SMTP_PASSWORD: 'x', ACTION_SECRET: 'x' };
    const text = (channels[0] as string).replace('/run/secrets/pagerduty', join(root, 'LICENSE'));
    assert.equal(parseRouting(text, 'README.md', secrets).channels.length, 5);
  });
});

describe('the README of each service', () => {
  const files = readdirSync(join(root, 'services'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'services', entry.name, 'main.ts')))
    .map(({ name }) => join('services', name, 'README.md'));

  it('exists, and names only metrics and variables that there are', () => {
    const names = metricRows().map(({ name }) => name);
    const variables = [...configKeys().map(([, { env }]) => env), ...Object.keys(ERROR_CODES)];
    for (const file of files) {
      const { text } = new Readme(join(root, file));
      for (const [metric] of text.matchAll(/(?<=`)(?:tactus|collector|ml)_[a-z_]+(?=[{`])/g))
        assert.ok(names.includes(metric), `${file}: ${metric}`);
      for (const [variable] of text.matchAll(/\bTACTUS_[A-Z_]+\b/g))
        assert.ok(variables.includes(variable), `${file}: ${variable}`);
      for (const [, to] of text.matchAll(/\]\((\.[^)#]+)/g))
        assert.ok(existsSync(join(root, dirname(file), to as string)), `${file}: ${to}`);
    }
  });
});
