import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTracing } from '../../../../shared/adapters/otel/open-tracing.js';
import type { SpanOutcome } from '../../../../shared/adapters/otel/tracing-telemetry.js';
import { systemClock } from '../../../../shared/core/clock.js';
import { packageRoot } from '../../../../shared/files/package-root.js';
import { contextOf } from '../../../support/recorded-tracing.js';
import { SpanReceiver } from '../../../support/span-receiver.js';
import { until } from '../../../support/until.js';

describe('spans by OpenTelemetry', () => {
  let receiver: SpanReceiver;
  const counts: Record<SpanOutcome, number> = { exported: 0, failed: 0, dropped: 0 };
  const warnings: string[] = [];

  before(async () => {
    receiver = await SpanReceiver.start();
  });
  after(async () => {
    await receiver.stop();
  });

  const open = (maxQueuedSpans = 64, endpoint = receiver.endpoint) => {
    Object.assign(counts, { exported: 0, failed: 0, dropped: 0 });
    warnings.length = 0;
    return openTracing({
      settings: { endpoint, maxQueuedSpans, maxSpansPerSecond: 40 },
      resource: { 'service.name': 'tactus-test', 'service.version': '1.2.3', 'service.instance.id': 'one' },
      clock: systemClock,
      count: (outcome, spans) => {
        counts[outcome] += spans;
      },
      warn: (reason) => warnings.push(reason),
    });
  };

  it('arrive with their parent, links, attributes, times and resource', async () => {
    const tracing = open();
    const parent = contextOf(7, 8);
    const startedAt = Date.now() - 5_000;
    const child = tracing.start('child', {
      ...{ kind: 'server', parent, links: [contextOf(1, 2), contextOf(3, 4)], startedAt },
      attributes: { text: 'x'.repeat(300), number: 5 },
    });
    child.set({ more: true });
    child.end('it failed');
    const root = tracing.start('root', { kind: 'consumer', parent: null });
    root.end();
    await tracing.close();
    const [first] = receiver.named('child');
    assert.deepEqual(
      [first?.traceId, first?.parentSpanId, first?.spanId, first?.kind, first?.status],
      [parent.traceId, parent.spanId, child.context.spanId, 2, 2],
    );
    assert.deepEqual(first?.links, [contextOf(1, 2), contextOf(3, 4)]);
    assert.deepEqual(first?.attributes, { text: 'x'.repeat(256), number: 5, more: true });
    assert.ok(Math.abs((first?.start ?? 0) - startedAt) < 1);
    assert.ok((first?.end ?? 0) >= startedAt + 5_000);
    assert.equal(first?.service, 'tactus-test');
    assert.equal(first?.resource['service.version'], '1.2.3');
    assert.equal(first?.resource['service.instance.id'], 'one');
    const [second] = receiver.named('root');
    assert.deepEqual([second?.parentSpanId, second?.traceId], ['', root.context.traceId]);
    assert.deepEqual(counts, { exported: 2, failed: 0, dropped: 0 });
  });

  it('have room for so many a second, for batches a quarter of them', () => {
    let now = 5_000;
    const tracing = openTracing({
      settings: { endpoint: receiver.endpoint, maxQueuedSpans: 64, maxSpansPerSecond: 8 },
      ...{ resource: {}, clock: { now: () => now }, count: () => undefined, warn: () => undefined },
    });
    const started = (of: 'batch' | 'output') => {
      let spans = 0;
      for (; spans < 20 && tracing.hasRoom(of); spans++) tracing.start('one', { kind: 'internal' });
      return spans;
    };
    assert.deepEqual([started('batch'), started('output'), started('output')], [2, 6, 0]);
    now += 999;
    assert.equal(started('output'), 0);
    now += 1;
    assert.equal(started('output'), 8);
    now -= 60_000;
    assert.equal(started('batch'), 2);
  });

  it('are dropped and counted where too many wait', async () => {
    const tracing = open(64);
    for (let i = 0; i < 100; i++) tracing.start('many', { kind: 'internal' }).end();
    assert.equal(counts.dropped, 36);
    await tracing.close();
    assert.deepEqual(counts, { exported: 64, failed: 0, dropped: 36 });
    assert.equal(receiver.named('many').length, 64);
  });

  it('that the collector refuses are counted and warned of once, and make room for others', async () => {
    const tracing = open(64);
    receiver.status = 400;
    for (let i = 0; i < 64; i++) tracing.start('refused', { kind: 'internal' }).end();
    await until('the failure', () => counts.failed === 64);
    receiver.status = 200;
    tracing.start('after', { kind: 'internal' }).end();
    await tracing.close();
    assert.deepEqual(counts, { exported: 1, failed: 64, dropped: 0 });
    assert.equal(warnings.length, 1);
    assert.deepEqual([receiver.named('refused').length, receiver.named('after').length], [0, 1]);
  });

  it('load nothing of OpenTelemetry where tracing is off, but for what prom-client loads of its API', () => {
    const loaded = (program: string) =>
      execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import { registerHooks } from 'node:module';
           const found = new Set();
           const resolve = (name, context, next) => {
             const isOurs = !String(context.parentURL).includes('/prom-client/');
             if (name.startsWith('@opentelemetry/') && isOurs) found.add(name);
             return next(name, context);
           };
           registerHooks({ resolve });
           ${program}
           console.log([...found].join());
           process.exit();`,
        ],
        { cwd: join(packageRoot(), 'dist'), encoding: 'utf8' },
      ).trim();
    const workers = `await import('./shared/runners/worker.js');
      const { WORKERS } = await import('./services/cli/program/workers.js');
      for (const worker of WORKERS) await worker.load({});`;
    assert.equal(loaded(workers), '');
    assert.match(loaded("await import('./shared/adapters/otel/open-tracing.js');"), /sdk-trace/);
  });
});
