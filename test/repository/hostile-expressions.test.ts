import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlertControl, AnomalySensitivity, RuleConfig } from '../../schemas/types.js';
import { type Route, routesFor } from '../../services/alerting/notify/routing.js';
import { parseRouting } from '../../services/alerting/notify/routing-file.js';
import { parseDetectionRules } from '../../services/anomaly/detection-file.js';
import { watches } from '../../services/anomaly/detection-rules.js';
import { KINDS } from '../../services/cli/program/check-files.js';
import { EventMapper } from '../../services/ingest/mappings/event-mapper.js';
import { parseMappings } from '../../services/ingest/mappings/mappings-file.js';
import { Controls } from '../../shared/alerting/controls.js';
import { parseMatcher } from '../../shared/alerting/matcher.js';
import type { Rule } from '../../shared/alerting/rules/rule.js';
import { ruleOf } from '../../shared/alerting/rules/rule-config.js';
import { parseRules } from '../../shared/alerting/rules/rules-file.js';
import { loadSchemas, recordSchema } from '../../shared/catalog/schemas.js';
import { parseDefinitions } from '../../shared/catalog/window-definitions.js';
import { configSchema } from '../../shared/config/schema.js';
import { TactusError } from '../../shared/core/errors.js';
import { globMatcher } from '../../shared/core/glob.js';
import { matcherOf } from '../../shared/dead-letters/dead-letter.js';
import { MetricSensitivities } from '../../shared/detection/metric-sensitivities.js';
import { InvalidFileError } from '../../shared/files/mistakes.js';
import { sensitivityKey } from '../../shared/wire/sensitivity-key.js';
import { TOPIC_NAMES } from '../../topics/names.js';
import { cpuMs } from '../support/cpu-time.js';

/*
 * Every field of every file and control record is given expressions that take an engine that is no match for them
 * for ever, and then works on data that is meant for them. Which fields there are comes from the validators and the
 * schemas themselves: a new one fails here until the examples have it.
 */

/** Each call of what reads or evaluates an expression ends within this time. */
const BOUND_MS = 1_000;
const TEXT = `${'a'.repeat(200)}${'_.aa'.repeat(12)}!`;
const NESTED = Array.from({ length: 14 }).reduce<string>((of) => `[1, 2, 3, 4].all(a, ${of})`, 'mean > 0.0');
const ATTACKS: readonly string[] = [
  '^(a+)+$',
  '(([a-z._]+)+)+!',
  NESTED,
  ...['metric=~"(([a-z._]+)+)+!"', 'metric!~"^(a+)+$"'],
  ...['tags.host.matches("^(a+)+$")', 'tags.host.matches("(([a-z._]+)+)+!")'],
  `${'*a'.repeat(60)}b`,
  `{{${'tags.'.repeat(300)}}}`,
];

const LABELS = { alertname: TEXT, tenant: TEXT, severity: TEXT, metric: TEXT, host: TEXT };
const FIGURES = { count: 1n, sum: 1, min: 1, max: 1, mean: 1, stddev: 1, first: 1, last: 1 };
const BINDINGS = {
  ...{ ...FIGURES, tenantId: TEXT, metric: TEXT, tags: { host: TEXT }, quantiles: {} },
  anomaly: {
    score: 1,
    value: 1,
    expected: 1,
    lower: 1,
    upper: 1,
    severity: TEXT,
    detector: TEXT,
    window: TEXT,
  },
  errors: FIGURES,
  requests: FIGURES,
};

function useRules(rules: readonly Rule[]): void {
  for (const { condition, metric, tenant, annotations } of rules) {
    metric(TEXT);
    tenant(TEXT);
    condition.holds(BINDINGS);
    condition.figures(BINDINGS);
    for (const template of Object.values(annotations))
      template({ fields: { value: 1 }, tags: { host: TEXT }, labels: LABELS });
  }
}

const DETECTION = {
  metrics: '*',
  tenants: '*',
  window: '10s',
  field: 'mean',
  sensitivity: 1,
  above: null,
  below: null,
};

/** Works on data by what a file says; of other kinds nothing is evaluated. */
const USES: Readonly<Record<string, (yaml: string) => void>> = {
  'alert rules': (yaml) => useRules(parseRules(yaml, 'x')),
  notifications(yaml) {
    const { channels, routing } = parseRouting(yaml, 'x', null);
    for (const { title, text } of channels)
      for (const template of [title, text]) template?.render({ Alerts: [{ Labels: LABELS }], Status: TEXT });
    routesFor(routing.route, LABELS);
    const all: Route[] = [routing.route, ...routing.route.routes];
    const matchers = [
      ...all.flatMap(({ match }) => match),
      ...routing.inhibitions.flatMap(({ source, target }) => [...source, ...target]),
    ];
    for (const matcher of matchers) matcher.matches(LABELS);
  },
  'detection rules'(yaml) {
    const detector = () => ({}) as never;
    watches(parseDetectionRules(yaml, 'x', DETECTION), detector)(TEXT, TEXT);
  },
  'mappings of events'(yaml) {
    const mapper = new EventMapper(TEXT);
    mapper.use(parseMappings(yaml, 'x'));
    const attributes = { a: TEXT, amount: 1, seconds: 30 };
    mapper.map({ id: TEXT, tenantId: TEXT, type: TEXT, timestamp: 0, subjectId: TEXT, attributes });
  },
  'window definitions'(yaml) {
    for (const { metrics, tenants } of parseDefinitions(yaml, 'x'))
      for (const glob of [metrics, tenants]) globMatcher(glob)(TEXT);
  },
};

const EXPECTING = {
  ...{ name: 'E', window: '10s', metric: 'm*', tenant: 't*', noData: 'alert' },
  expected: [{ tenant: 't', metric: 'm', tags: { host: 'a' } }],
};
const RECORDING = {
  ...{ name: 'S', record: 'm:spread', window: '10s', metric: 'm', values: { spread: 'max - min' } },
  ...{ expr: 'size(tags) > 1 ? spread / 2.0 : mean', labels: { team: 'x' } },
};
const RULE = {
  ...{
    name: 'R',
    window: '10s',
    tenant: '*',
    expr: 'mean > 1.0',
    for: '1s',
    keepFiringFor: '1s',
    staleAfter: '1m',
    flapping: { high: 40, low: 20 },
  },
  ...{ values: { spread: 'max - min' }, noData: 'keep', severity: 'info', groupBy: ['host'] },
  ...{ labels: { team: 'x' }, annotations: { summary: '{{value}}' } },
};
const ANOMALY = {
  ...{ name: 'A', on: 'anomaly', expr: 'anomaly.score > 0.5', severity: 'info' },
  ...{ model: 'level', threshold: 0.8, sensitivity: 'high' },
};
const JOIN = {
  ...{ name: 'J', window: '10s', expr: 'errors.sum > 1.0' },
  metrics: { errors: { metric: 'e', default: 0 }, requests: 'r' },
};
const CHANNEL = { timeout: '1s', maxPerMinute: 1, sendResolved: true };
const WORDS = {
  title: '{{ .Status | toUpper }}',
  text: '{{ range .Alerts }}{{ reReplaceAll "(a+)+b" "$1" .Labels.host }}{{ end }}',
};
const TIMES = { muteTimeIntervals: ['night'], activeTimeIntervals: ['night'] };
const ROUTE = {
  ...{ channels: ['web'], groupBy: ['host'], groupWait: '1s', groupInterval: '1s', repeatInterval: '1m' },
  escalate: [{ after: '1s', channels: ['web'] }],
};

/** Documents of each kind of file that between them have all of its keys. */
const EXAMPLES: Readonly<Record<string, readonly object[]>> = {
  'window definitions': [
    {
      windows: [
        {
          name: 'h',
          kind: 'hopping',
          grace: '1s',
          metrics: 'a*',
          tenants: 'b*',
          groupBy: ['c'],
          quantiles: [0.5],
          maxSeries: 9,
          size: '1m',
          advance: '10s',
        },
        { name: 's', kind: 'session', gap: '1s', maxLength: '1m' },
      ],
    },
  ],
  'alert rules': [{ rules: [{ ...RULE, metric: 'c*' }, ANOMALY, JOIN, RECORDING, EXPECTING] }],
  'tests of alert rules': [
    {
      tests: [
        {
          ...{ name: 't', interval: '1s', window: '10s' },
          series: [
            {
              ...{ metric: 'm', tenant: 't', tags: { host: 'a' }, values: '1 2x3 _', increases: '1 2x3 _' },
              ...{ count: '2', sum: '2', min: '1', max: '1', stddev: '0', first: '1', last: '1' },
              ...{ distinct: '1', quantiles: { '0.95': '1 2x3 _' } },
            },
          ],
          anomalies: [
            {
              ...{ metric: 'm', tenant: 't', tags: { host: 'a' }, at: '1s', score: 1, value: 2, expected: 1 },
              ...{ lower: 0, upper: 1, severity: 'warning', detector: 'd', explanation: 'e' },
            },
          ],
          alerts: [
            { at: '1s', rule: 'R', expect: [{ state: 'firing', flapping: true, labels: { host: 'a' } }] },
          ],
          recorded: [{ at: '1s', metric: 'm', tenant: 't', tags: { host: 'a' }, value: 1 }],
        },
      ],
    },
  ],
  'detection rules': [
    {
      detection: [
        { metrics: 'a*', tenants: 'b*', window: '10s', field: 'p95', sensitivity: 1, above: 1, below: 0 },
      ],
    },
  ],
  notifications: [
    {
      channels: {
        web: { type: 'webhook', url: 'https://a.example', authorization: { env: 'A' }, ...CHANNEL },
        chat: { type: 'slack', url: { env: 'S' }, ...CHANNEL, ...WORDS },
        teams: { type: 'teams', url: { env: 'T' }, ...CHANNEL },
        discord: { type: 'discord', url: { env: 'T' }, ...CHANNEL },
        bot: { type: 'telegram', url: 'https://t.example', botToken: { env: 'T' }, chatId: '-1', ...CHANNEL },
        genie: { type: 'opsgenie', url: 'https://g.example', apiKey: { env: 'T' }, ...CHANNEL },
        topic: {
          ...{ type: 'sns', topicArn: 'arn:aws:sns:eu-west-1:123456789012:alerts', url: 'https://s.example' },
          ...{ accessKeyId: { env: 'I' }, secretAccessKey: { env: 'K' }, ...CHANNEL },
        },
        any: {
          ...{ type: 'custom', url: 'https://c.example', body: '{{ toJson .Status }}', ...CHANNEL },
          ...{ contentType: 'application/json', authorization: { env: 'A' } },
        },
        page: { type: 'pagerduty', routingKey: { env: 'P' }, url: 'https://p.example', ...CHANNEL },
        act: { type: 'action', action: 'a', url: 'https://b.example', secret: { file: '/f' }, ...CHANNEL },
        mail: {
          type: 'email',
          server: 'smtp://m.example',
          user: 'u',
          password: { env: 'M' },
          from: 'a@b',
          to: ['c@d'],
          ...CHANNEL,
        },
      },
      route: {
        ...ROUTE,
        continue: false,
        routes: [{ ...ROUTE, ...TIMES, match: ['a="b"', 'c=~"d.*"'], continue: true, routes: [] }],
      },
      inhibit: [{ source: ['a="b"'], target: ['c=~"d"'], equal: ['e'] }],
      watchdog: { channels: ['chat'], every: '1m' },
      externalUrl: 'https://d.example',
      externalLabels: { cluster: 'c' },
      timeIntervals: {
        night: [
          {
            ...{ times: ['00:00-06:00'], weekdays: ['monday:friday'], daysOfMonth: ['1:-1'] },
            ...{ months: ['may:june'], years: ['2026'], location: 'Europe/Berlin' },
          },
        ],
      },
    },
  ],
  'mappings of events': [
    {
      mappings: [
        {
          ...{ name: 'a', type: '*', tenants: '*', when: 'attributes.a != eventType', metric: 'm' },
          ...{ value: { expr: 'attributes.amount / 2.0' }, kind: 'delta', unit: 's' },
          tags: { a: { attribute: 'a', values: ['b'], other: 'c' }, b: 'c', s: { subject: true } },
        },
        { name: 'b', type: 'a*', metric: 'm', value: { attribute: 'seconds' } },
        { name: 'c', type: '*', metric: 'm', kind: 'member' },
      ],
    },
  ],
  tenants: [
    {
      tenants: [
        {
          ...{
            id: 'a',
            name: 'A',
            profile: 'enterprise',
            monitoringLevel: 'comprehensive',
            realTimeEnabled: true,
          },
          ...{ complianceMode: 'strict', weight: 2, priority: 1, retentionDays: 90, rawRetentionDays: 30 },
          ...{ thresholds: { cpu: 90 }, sensitivity: 0.5, labels: { team: 'x' }, maxSeries: 1 },
          quotas: {
            ...{ pointsPerSecond: 1, bytesPerSecond: 1, eventsPerSecond: 1, activeSeries: 1 },
            ...{ algorithm: 'token-bucket', burst: 1, alwaysRetry: true },
            ...{ keyPointsPerSecond: 1, keyBytesPerSecond: 1, keyEventsPerSecond: 1 },
          },
        },
      ],
    },
  ],
  topic: [
    {
      ...{
        description: 'd',
        writtenBy: ['a'],
        readBy: ['b'],
        partitions: 1,
        cleanup: ['delete'],
        retention: '1d',
      },
      ...{ compression: 'lz4', key: 'k', value: 'internal', config: { 'max.message.bytes': 1 } },
    },
  ],
  // From the declarations of the keys: their defaults, and text where there is none.
  configuration: [
    Object.fromEntries(
      Object.entries(configSchema).map(([section, keys]) => [
        section,
        Object.fromEntries(
          Object.entries(keys).map(([key, { default: value }]) => [
            key,
            value === '' || value === null ? 'x' : value,
          ]),
        ),
      ]),
    ),
  ],
};

type Path = readonly (string | number)[];

/** A copy with another value at a place. */
function withValue(node: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  const copy: Record<string | number, unknown> = Array.isArray(node)
    ? ([...node] as never)
    : { ...(node as object) };
  copy[step] = withValue(copy[step], rest, value);
  return copy;
}

/** Places of all mappings, and of all texts. */
function placesIn(node: unknown, path: Path = []): { mappings: Path[]; texts: Path[] } {
  if (typeof node === 'string') return { mappings: [], texts: [path] };
  if (typeof node !== 'object' || node === null) return { mappings: [], texts: [] };
  const inner = Object.entries(node).map(([key, value]) =>
    placesIn(value, [...path, Array.isArray(node) ? Number(key) : key]),
  );
  return {
    mappings: [...(Array.isArray(node) ? [] : [path]), ...inner.flatMap(({ mappings }) => mappings)],
    texts: inner.flatMap(({ texts }) => texts),
  };
}

const at = (node: unknown, path: Path): unknown =>
  path.reduce((of: unknown, step) => (of as Record<string | number, unknown>)[step], node);

/** Alike for all entries of a list; routes, channels and tags may each have what others leave out. */
function placeOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? '*' : step))
    .join('.')
    .replace(/^channels\.\w+/, 'channels.*')
    .replace(/^(mappings\.\*\.tags)\.\w+/, '$1.*')
    .replace(/(\.routes\.\*)+/g, '');
}

function within<T>(what: string, work: () => T): T | undefined {
  const started = cpuMs();
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof InvalidFileError || error instanceof TactusError, `${what}: ${error}`);
    return undefined;
  } finally {
    const took = cpuMs() - started;
    assert.ok(took < BOUND_MS, `${what} took ${took} ms`);
  }
}

describe('every field of a file', () => {
  it('is in an example of its kind', () => {
    assert.deepEqual(Object.keys(EXAMPLES).sort(), KINDS.map(({ name }) => name).sort());
    for (const { name, check } of KINDS) {
      const had = new Map<string, Set<string>>();
      const allowed = new Map<string, Set<string>>();
      for (const example of EXAMPLES[name] ?? []) {
        assert.doesNotThrow(() => name === 'configuration' || check(JSON.stringify(example), name), name);
        for (const path of placesIn(example).mappings) {
          const place = placeOf(path);
          const known = Object.keys(at(example, path) as object);
          had.set(place, (had.get(place) ?? new Set()).union(new Set(known)));
          const probed = withValue(example, [...path, 'zzzunknown'], 1);
          try {
            check(JSON.stringify(probed), name);
          } catch (error) {
            assert.ok(error instanceof InvalidFileError);
            const { message = '' } =
              error.mistakes.find(
                ({ message, key }) => /^unknown key/.test(message) && /zzzunknown$/.test(key),
              ) ?? {};
            const keys = / allowed: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
            allowed.set(place, (allowed.get(place) ?? new Set()).union(new Set(keys)));
          }
        }
      }
      assert.ok(allowed.size > 0, name);
      for (const [place, keys] of allowed)
        assert.deepEqual(
          [...keys.difference(had.get(place) ?? new Set())],
          [],
          `${name}: ${place} has no example of`,
        );
    }
  });

  for (const { name, check } of KINDS)
    it(`takes hostile expressions in bounded time: ${name}`, () => {
      let used = 0;
      for (const example of EXAMPLES[name] ?? [])
        for (const path of placesIn(example).texts)
          for (const attack of ATTACKS) {
            const yaml = JSON.stringify(withValue(example, path, attack));
            const what = `${placeOf(path)} = ${attack.slice(0, 40)}`;
            within(what, () => (USES[name] ?? check)(yaml, name));
            used += 1;
          }
      assert.ok(used > 0);
    });
});

const RULE_RECORD: RuleConfig = {
  ...{
    id: 'R',
    tenantGlob: '*',
    expression: 'errors.sum > 1.0',
    on: 'window',
    window: '10s',
    metricGlob: '*',
  },
  ...{
    forMs: 0,
    keepFiringForMs: 0,
    staleAfterMs: null,
    noData: 'resolve',
    severity: 'info',
    record: null,
    expected: [],
    enabled: true,
  },
  ...{ metrics: { errors: { metric: 'e', fallback: 0 }, requests: { metric: 'r', fallback: null } } },
  ...{ values: { all: 'requests.sum' }, groupBy: ['host'], labels: { team: 'x' } },
  ...{ annotations: { summary: '{{value}}' }, updatedAt: 0 },
  ...{ model: null, threshold: null, sensitivity: null, flapHigh: null, flapLow: null },
};
const SILENCE: AlertControl = {
  ...{ id: 'a', kind: 'silence', matchers: ['a="b"', 'c=~"d"'], author: 'x', comment: 'y' },
  ...{ startsAt: 0, endsAt: 10, createdAt: 0, tenantId: '' },
};
const SENSITIVITY: AnomalySensitivity = {
  ...{ id: 'a', tenantId: 'acme', metric: 'a*?', sensitivity: 0.7 },
  ...{ author: 'x', comment: 'y', updatedAt: 0 },
};

/** Records of the control topics with all fields, and what reads and uses them. */
const RECORDS: Readonly<
  Record<string, { schema: string; examples: readonly object[]; use: (record: never) => void }>
> = {
  'control.rules': {
    schema: 'RuleConfig',
    examples: [RULE_RECORD, { ...RULE_RECORD, metrics: {}, expression: 'mean > 1.0', values: { a: 'max' } }],
    use: (record: RuleConfig) => useRules([ruleOf(record)]),
  },
  'control.alerts': {
    schema: 'AlertControl',
    examples: [SILENCE],
    use(record: AlertControl) {
      const controls = new Controls();
      controls.changed('silence|a', record, 1);
      controls.silenced({ tenantId: 'acme', labels: LABELS }, 1);
      controls.remarks(1);
    },
  },
  'control.sensitivities': {
    schema: 'AnomalySensitivity',
    examples: [SENSITIVITY],
    use(record: AnomalySensitivity) {
      const sensitivities = new MetricSensitivities();
      sensitivities.changed(sensitivityKey(record.tenantId, record.metric), record);
      sensitivities.for(record.tenantId, TEXT);
    },
  },
};
/** Control topics without an expression in their records, and what these have. */
const WITHOUT: Readonly<Record<string, { schema: string; fields: readonly string[] }>> = {
  'control.keys': {
    schema: 'ApiKey',
    fields: ['id', 'hash', 'tenantId', 'scopes', 'name', 'createdAt', 'expiresAt', 'revokedAt', 'mac'],
  },
  'control.tenants': {
    schema: 'TenantConfig',
    fields: [
      'id',
      'name',
      'monitoringLevel',
      'complianceMode',
      'retentionDays',
      'thresholds',
      'sensitivity',
      'updatedAt',
      ...[
        'profile',
        'realTimeEnabled',
        'quotas',
        'weight',
        'priority',
        'rawRetentionDays',
        'labels',
        'maxSeries',
      ],
    ],
  },
};

function fieldsOf(schema: string): string[] {
  const { fields } = recordSchema(loadSchemas(), schema).schema as { fields: readonly { name: string }[] };
  return fields.map(({ name }) => name).sort();
}

describe('every field of a control record', () => {
  it('is in an example of its topic', () => {
    const topics = TOPIC_NAMES.filter((topic) => topic.startsWith('control.')).sort();
    assert.deepEqual(Object.keys({ ...RECORDS, ...WITHOUT }).sort(), topics);
    for (const { schema, examples } of Object.values(RECORDS))
      for (const example of examples) assert.deepEqual(Object.keys(example).sort(), fieldsOf(schema), schema);
    for (const { schema, fields } of Object.values(WITHOUT))
      assert.deepEqual(fieldsOf(schema), [...fields].sort(), schema);
  });

  for (const [topic, { examples, use }] of Object.entries(RECORDS))
    it(`takes hostile expressions in bounded time: ${topic}`, () => {
      for (const example of examples)
        for (const path of placesIn(example).texts)
          for (const attack of ATTACKS)
            within(`${placeOf(path)} = ${attack.slice(0, 40)}`, () =>
              use(withValue(example, path, attack) as never),
            );
    });
});

describe('what the command line takes', () => {
  it('is tried in bounded time', () => {
    const letter = { failedAt: 0, error: TEXT, topic: TEXT };
    for (const attack of ATTACKS) {
      within(attack, () => parseMatcher(attack));
      for (const field of ['topic', 'error', 'tenant'])
        within(attack, () => {
          const wanted = matcherOf({ [field]: attack });
          return wanted.letter(letter as never, null) && wanted.tenant(TEXT);
        });
    }
  });
});
