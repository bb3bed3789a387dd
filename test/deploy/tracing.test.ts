import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../shared/files/package-root.js';
import { environmentOf, ownServices, readCompose } from '../support/container/compose.js';

interface Collector {
  readonly receivers: {
    readonly otlp: { readonly protocols: { readonly http: { readonly endpoint: string } } };
  };
  readonly processors: Readonly<Record<string, object>>;
  readonly exporters: { readonly otlp: { readonly endpoint: string } };
  readonly service: { readonly pipelines: Readonly<Record<string, Readonly<Record<string, string[]>>>> };
}

describe('the collector of OpenTelemetry in compose', () => {
  const compose = readCompose();
  const text = readFileSync(join(packageRoot(), 'monitoring', 'otel', 'collector.yaml'), 'utf8');
  const collector = parse(text) as Collector;

  it('has in its pipelines what it has configured, all of it', () => {
    assert.deepEqual(Object.keys(collector.service.pipelines), ['traces']);
    for (const part of ['receivers', 'processors', 'exporters'] as const)
      assert.deepEqual(collector.service.pipelines.traces?.[part], Object.keys(collector[part]));
  });

  it('listens where workers send to, and sends to what compose has; without it tracing is off', () => {
    const { port } = new URL(`http://${collector.receivers.otlp.protocols.http.endpoint}`);
    for (const [name, service] of ownServices(compose)) {
      if (service.environment === undefined) continue;
      const { OTEL_EXPORTER_OTLP_ENDPOINT, TACTUS_TRACING } = environmentOf(service);
      assert.equal(OTEL_EXPORTER_OTLP_ENDPOINT, `http://otel-collector:${port}`, name);
      assert.equal(TACTUS_TRACING, 'off', name);
    }
    assert.ok('otel-collector' in compose.services);
    const { hostname } = new URL(`http://${collector.exporters.otlp.endpoint}`);
    assert.ok(hostname in compose.services, hostname);
    const mounted = compose.services['otel-collector']?.volumes?.[0]?.split(':') ?? [];
    assert.ok(mounted[0]?.endsWith('monitoring/otel/collector.yaml'));
    assert.deepEqual(compose.services['otel-collector']?.command, [`--config=${mounted[1]}`]);
  });
});
