import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { configOf, parseTenants, profileOf } from '../../../shared/catalog/tenants-file.js';
import { mergedProfile, NO_PROFILE, type TenantProfile } from '../../../shared/tenancy/profile.js';

describe('the file of tenants', () => {
  it('names tenants, some with a limit of series or a sensitivity', () => {
    const text = 'tenants:\n  - id: acme\n    maxSeries: 5\n  - id: "42"\n    sensitivity: 0\n';
    assert.deepEqual(
      [...parseTenants(text, 'f')],
      [
        ['acme', { ...NO_PROFILE, maxSeries: 5 }],
        ['42', { ...NO_PROFILE, sensitivity: 0 }],
      ],
    );
    assert.equal(parseTenants('tenants: []', 'f').size, 0);
  });

  const wrong: [string, string, string][] = [
    ['another key', 'tenant: []', 'f:1:1: tenant: unknown key; did you mean "tenants"? allowed: tenants'],
    [
      'a tenant without id',
      'tenants:\n  - maxSeries: 1',
      'f:2:5: tenants[0].id: is missing; must be text without "|", in quotes',
    ],
    [
      'an id that YAML takes for a number',
      'tenants:\n  - id: 42',
      'f:2:9: tenants[0].id: must be text without "|", in quotes',
    ],
    ['an unknown key', 'tenants:\n  - id: a\n    series: 1', 'f:3:5: tenants[0].series: unknown key; '],
    [
      'a limit below 0',
      'tenants:\n  - id: a\n    maxSeries: -1',
      'f:3:16: tenants[0].maxSeries: must be a whole number of at least 0: value was -1',
    ],
    [
      'a sensitivity beyond 1',
      'tenants:\n  - id: a\n    sensitivity: 2',
      'f:3:18: tenants[0].sensitivity: must be a number from 0 to 1: value was 2',
    ],
    [
      'an id that no record can have',
      'tenants:\n  - id: "\\uD800"',
      'f:2:9: tenants[0].id: must be text without "|", in quotes',
    ],
    [
      'a name of a label that records lose',
      'tenants:\n  - id: a\n    labels: {__proto__: x}',
      'f:3:25: tenants[0].labels.__proto__: must be 1 to 256 characters',
    ],
    ['an id twice', 'tenants:\n  - id: a\n  - id: a', 'f:3:9: tenants[1].id: "a" is used twice'],
    ['text', 'tenants', 'f:1:1: must hold the one key `tenants` with a list'],
  ];
  for (const [title, text, message] of wrong) {
    it(`is refused with ${title}, naming the line`, () => {
      assert.throws(
        () => parseTenants(text, 'f'),
        (error: Error) => error.message.startsWith(message) || assert.fail(error.message),
      );
    });
  }
});

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const texts = fc.stringMatching(/^[a-zA-Z0-9 ]{1,20}$/);
const days = orNull(fc.integer({ min: 1, max: 36_500 }));
const amounts = orNull(fc.integer({ min: 0, max: 1_000_000 }));
/** Without the values that a record has no way to distinguish from none. */
const profiles: fc.Arbitrary<TenantProfile> = fc.record(
  {
    name: orNull(texts),
    profile: orNull(texts),
    monitoringLevel: fc.constantFrom(null, 'basic', 'detailed', 'comprehensive'),
    realTimeEnabled: orNull(fc.boolean()),
    complianceMode: fc.constantFrom(null, 'gdpr', 'sox', 'strict'),
    quotas: fc.record(
      {
        pointsPerSecond: amounts,
        bytesPerSecond: amounts,
        eventsPerSecond: amounts,
        activeSeries: amounts,
        algorithm: fc.constantFrom(null, 'token-bucket', 'sliding-window', 'fixed-window', 'leaky-bucket'),
        burst: orNull(fc.integer({ min: 0, max: 3_600 })),
        keyPointsPerSecond: amounts,
        keyBytesPerSecond: amounts,
        keyEventsPerSecond: amounts,
        alwaysRetry: orNull(fc.boolean()),
      },
      { noNullPrototype: true },
    ),
    weight: orNull(fc.integer({ min: 1, max: 1_000 })),
    priority: orNull(fc.integer({ min: 0, max: 100 })),
    retentionDays: days,
    rawRetentionDays: days,
    thresholds: orNull(fc.dictionary(texts, fc.integer(), { minKeys: 1, noNullPrototype: true })),
    sensitivity: orNull(fc.constantFrom(0, 0.25, 1)),
    labels: orNull(fc.dictionary(texts, texts, { minKeys: 1, noNullPrototype: true })),
    maxSeries: amounts,
  },
  { noNullPrototype: true },
);

describe('a record of control.tenants', () => {
  it('sets what the profile sets that it was made of', () => {
    fc.assert(
      fc.property(profiles, (profile) => {
        assert.deepEqual(profileOf('acme', configOf('acme', profile, 1)), profile);
      }),
    );
  });

  it('is refused with every mistake, as an entry of the file is', () => {
    const config = configOf('acme', NO_PROFILE, 1);
    const wrong = { ...config, sensitivity: Number.NaN, quotas: { ...config.quotas, algorithm: 'leaky' } };
    assert.throws(
      () => profileOf('acme', wrong),
      (error: Error) => {
        assert.match(error.message, /^tenant "acme": /);
        assert.match(error.message, /quotas\.algorithm: must be one of token-bucket, .*: value was "leaky"/);
        assert.match(error.message, /sensitivity: must be a number from 0 to 1: value was NaN/);
        return true;
      },
    );
    assert.throws(() => profileOf('a|b', config), /id: must be text without "\|"/);
  });

  it('is merged field by field, quotas too, the first that sets something first', () => {
    fc.assert(
      fc.property(profiles, profiles, (one, two) => {
        const merged = mergedProfile([one, two]);
        for (const name of Object.keys(one) as (keyof TenantProfile)[])
          if (name !== 'quotas') assert.deepEqual(merged[name], one[name] ?? two[name], name);
        assert.equal(merged.quotas.burst, one.quotas.burst ?? two.quotas.burst);
        assert.deepEqual(mergedProfile([one, NO_PROFILE]), one);
      }),
    );
  });
});
