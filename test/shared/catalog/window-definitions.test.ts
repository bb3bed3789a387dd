import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDefinitions } from '../../../shared/catalog/window-definitions.js';

const parse = (...lines: string[]) => parseDefinitions(`windows:\n${lines.join('\n')}\n`, 'w.yaml');

describe('the window definitions file', () => {
  it('says the same as the definitions that it means', () => {
    const common = { graceMs: 5_000, metrics: '*', tenants: '*', groupBy: null };
    assert.deepEqual(
      parse(
        '  - { name: a, size: 10s }',
        '  - { name: b, kind: hopping, size: 1m, advance: 10s, grace: 500ms, metrics: cpu.*, quantiles: [0.5] }',
        '  - { name: c, kind: session, gap: 30s, tenants: acme, groupBy: [user] }',
        '  - { name: d, kind: session, gap: 1500ms, maxLength: 3s, grace: 0s }',
      ),
      [
        { ...common, name: 'a', sizeMs: 10_000, advanceMs: 10_000 },
        {
          ...common,
          ...{ name: 'b', sizeMs: 60_000, advanceMs: 10_000, graceMs: 500 },
          ...{ metrics: 'cpu.*', quantiles: [0.5] },
        },
        {
          ...common,
          ...{ kind: 'session', name: 'c', gapMs: 30_000, maxMs: 3_600_000 },
          ...{ tenants: 'acme', groupBy: ['user'] },
        },
        { ...common, kind: 'session', name: 'd', gapMs: 1_500, maxMs: 3_000, graceMs: 0 },
      ],
    );
  });

  it('has no more definitions than an offset can say of', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) => `  - { name: w${i}, size: 10s }`);
    assert.equal(parse(...lines(128)).length, 128);
    assert.throws(() => parse(...lines(129)), {
      message: /^w\.yaml:2:\d+: windows: must hold at most 128, .* 4,096 bytes, .*: it holds 129$/,
    });
  });

  it('is checked to its end, also where the kind of a window is unknown', () => {
    assert.throws(() => parse('  - { name: x, kind: hoping, size: 10 s, advance: 5 }'), {
      message:
        /^w\.yaml:2:\d+: windows\[0\]\.kind: .*did you mean "hopping"\?\n.*\.size: .*\n.*\.advance: [^\n]*$/,
    });
  });

  const mistakes: [title: string, definition: string, says: RegExp][] = [
    [
      'a kind that there is not',
      'kind: sliding',
      /w\.yaml:3:\d+: windows\[0\]\.kind: must be one of tumbling, hopping, session: .*"sliding"/,
    ],
    [
      'a session without a gap',
      'kind: session',
      /w\.yaml:2:\d+: windows\[0\]\.gap: is missing; must be a duration such as/,
    ],
    [
      'a gap of no length',
      'kind: session\n    gap: 0s',
      /w\.yaml:4:\d+: windows\[0\]\.gap: must be from 1ms to 30m: value was "0s"/,
    ],
    [
      'a gap that is too long',
      'kind: session\n    gap: 31m',
      /w\.yaml:4:\d+: windows\[0\]\.gap: must be from 1ms to 30m: value was "31m"/,
    ],
    [
      'a session shorter than two gaps',
      'kind: session\n    gap: 10s\n    maxLength: 19s',
      /w\.yaml:5:\d+: windows\[0\]\.maxLength: must be from 2 times the gap to 60m.*"19s"/,
    ],
    [
      'a session that is too long',
      'kind: session\n    gap: 10s\n    maxLength: 61m',
      /w\.yaml:5:\d+: windows\[0\]\.maxLength: must be .* to 60m.*"61m"/,
    ],
    [
      'a session with a size',
      'kind: session\n    gap: 1s\n    size: 10s',
      /w\.yaml:5:\d+: windows\[0\]\.size: must be absent for a session/,
    ],
    [
      'a tumbling window with a gap',
      'size: 10s\n    gap: 1s',
      /w\.yaml:4:\d+: windows\[0\]\.gap: must be absent for a tumbling window/,
    ],
    [
      'a tumbling window with an advance',
      'size: 10s\n    advance: 1s',
      /w\.yaml:4:\d+: windows\[0\]\.advance: must be absent for a tumb/,
    ],
    [
      'a hopping window without an advance',
      'kind: hopping\n    size: 1s',
      /w\.yaml:2:\d+: windows\[0\]\.advance: is missing; must be a duration/,
    ],
    [
      'an advance that is no divisor',
      'kind: hopping\n    size: 10s\n    advance: 3s',
      /w\.yaml:5:\d+: windows\[0\]\.advance: .* divisor/,
    ],
    [
      'a size that is too long',
      'size: 61m',
      /w\.yaml:3:\d+: windows\[0\]\.size: must be from 1ms to 60m; longer .*"61m"/,
    ],
    [
      'a key of another kind of file',
      'sise: 10s',
      /w\.yaml:3:5: windows\[0\]\.sise: unknown key; did you mean "size"\? allowed: name, .*, gap, maxLength$/,
    ],
    [
      'a quantile beyond 1',
      'size: 1s\n    quantiles: [95]',
      /w\.yaml:4:\d+: windows\[0\]\.quantiles\[0\]: must be a number from 0 to 1: value was 95/,
    ],
    [
      'a name that is used twice',
      'size: 1s\n  - name: x\n    size: 2s',
      /w\.yaml:4:\d+: windows\[1\]\.name: "x" is used twice/,
    ],
    [
      'no room for any series',
      'size: 1s\n    maxSeries: 0',
      /w\.yaml:4:\d+: windows\[0\]\.maxSeries: must be .* at least 1: value was 0/,
    ],
  ];
  for (const [title, definition, says] of mistakes) {
    it(`is refused for ${title}, with its line`, () => {
      assert.throws(() => parse('  - name: x', `    ${definition}`), { message: says });
    });
  }
});
