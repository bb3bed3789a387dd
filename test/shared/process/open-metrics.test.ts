import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { registerMetrics } from '../../../services/cli/generate/metrics-page.js';
import { WORKERS } from '../../../services/cli/program/workers.js';
import { openMetrics, wantsOpenMetrics } from '../../../shared/process/open-metrics.js';
import { workerRegistry } from '../../../shared/process/process-metrics.js';
import { TracedHistogram } from '../../../shared/process/traced-histogram.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Names and labels of the samples, without what a moment later is another value. */
const samplesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.indexOf(' ')))
    .sort();

const familiesOf = (text: string) =>
  [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);

describe('metrics as OpenMetrics', () => {
  for (const { name } of WORKERS)
    it(`are those of the text, by names that OpenMetrics allows: ${name}`, async () => {
      const register = workerRegistry(name, '', { cpuHourUsd: 0, memoryGbHourUsd: 0 });
      registerMetrics(name, register);
      const text = await register.metrics();
      const open = await openMetrics(register);
      assert.equal(open.type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
      assert.deepEqual(samplesOf(open.text), samplesOf(text));
      const plain = familiesOf(text).map(([family = '', type]) => [
        type === 'counter' ? family.replace(/_total$/, '') : family,
        type,
      ]);
      assert.deepEqual(familiesOf(open.text), plain);
      assert.equal(new Set(plain.map(([family]) => family)).size, plain.length);
      for (const [family = '', type] of plain)
        if (type !== 'counter') assert.doesNotMatch(family, /_(total|created|bucket|count|sum)$/);
      assert.match(open.text, /[^\n]\n# EOF\n$/);
      assert.doesNotMatch(open.text, /^\n/m);
      // The text has kept its names.
      assert.deepEqual(familiesOf(await register.metrics()), familiesOf(text));
    });

  it('have one trace for each bucket, the last one; text has none', async () => {
    const register = new Registry();
    const histogram = new TracedHistogram({
      ...{ name: 'a_seconds', help: 'a', labelNames: ['b'], buckets: [1, 2], registers: [register] },
    });
    const others = 'f'.repeat(32);
    histogram.observe({ b: 'x' }, 0.5, others);
    histogram.observe({ b: 'x' }, 0.25, TRACE);
    histogram.observe({ b: 'x' }, 0.75, undefined);
    histogram.observe({ b: 'y' }, 1.5, null);
    histogram.observe({ b: 'y' }, 9, TRACE);
    const lines = (await openMetrics(register)).text.split('\n').filter((line) => line.includes('trace_id'));
    assert.deepEqual(
      lines.map((line) => line.replace(/ \d+(\.\d+)?$/, '')),
      [
        `a_seconds_bucket{le="1",b="x"} 3 # {trace_id="${TRACE}"} 0.25`,
        `a_seconds_bucket{le="+Inf",b="y"} 2 # {trace_id="${TRACE}"} 9`,
      ],
    );
    assert.ok(!(await register.metrics()).includes('trace_id'));
  });

  it('are for those who ask for them', () => {
    const prometheus =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    for (const accept of [prometheus, 'application/openmetrics-text', 'Application/OpenMetrics-Text; q=0.4'])
      assert.equal(wantsOpenMetrics(accept), true, accept);
    for (const accept of [
      ...[undefined, '', '*/*', 'text/plain', 'text/html', 'application/openmetrics-text;q=0'],
      'application/openmetrics-text;version=7.0.0',
      'application/openmetrics-text;q=0.2,text/plain;q=0.9',
      `application/openmetrics-text;q=${'x'.repeat(100)}`,
    ])
      assert.equal(wantsOpenMetrics(accept), false, accept);
  });
});
