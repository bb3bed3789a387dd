import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WORKERS } from '../../services/cli/program/workers.js';
import { configKeys, loadConfig } from '../../shared/config/load.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { composeVersions, environmentOf, ownServices, readCompose } from '../support/container/compose.js';

const compose = readCompose();
const own = ownServices(compose);

describe('docker-compose.yml', () => {
  it('has every worker, and all of them as they are said to run', () => {
    const commands = own.map(([, { command = [] }]) => command[0]);
    for (const { name } of WORKERS) assert.ok(commands.includes(name), name);
    for (const [name, service] of own) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual([service.cap_drop, service.security_opt], [['ALL'], ['no-new-privileges:true']], name);
    }
  });

  it('sets what the configuration knows, to what it allows', () => {
    const known = new Set(configKeys().map(([, { env }]) => env));
    const secret = join(mkdtempSync(join(tmpdir(), 'tactus-compose-')), 'secret');
    writeFileSync(secret, 'x'.repeat(32), { mode: 0o400 });
    for (const [name, service] of own) {
      const env = environmentOf(service);
      for (const variable of Object.keys(env)) assert.ok(known.has(variable), `${variable} of ${name}`);
      const here = Object.entries(env).map(([variable, value]) => [
        variable,
        value.startsWith('/run/tactus/') ? secret : value,
      ]);
      const config = loadConfig(Object.fromEntries(here));
      if (service.stop_grace_period === undefined) continue;
      const [, seconds] = /^(\d+)s$/.exec(service.stop_grace_period) ?? [];
      assert.ok(Number(seconds) * 1_000 > config.shutdown.drainTimeoutMs, name);
    }
  });

  it('hands on to the build what its Dockerfile asks for', () => {
    const asked = /^ARG (TACTUS_\w+)/gm;
    const dockerfile = readFileSync(join(packageRoot(), 'Dockerfile'), 'utf8');
    const names = [...dockerfile.matchAll(asked)].map(([, name]) => name);
    assert.deepEqual(names, ['TACTUS_BUILD_COMMIT']);
    for (const [name, { build }] of own) {
      assert.equal(build?.context, '.', name);
      assert.deepEqual(Object.keys(build?.args ?? {}), names, name);
    }
  });

  it('runs the versions that the tests of everything else run against', () => {
    const pom = readFileSync(join(packageRoot(), 'services', 'up', 'embedded', 'pom.xml'), 'utf8');
    const inPom = (property: string) => new RegExp(`<${property}>([^<]+)<`).exec(pom)?.[1];
    const { KAFKA_VERSION, REGISTRY_VERSION, REDIS_VERSION, TIMESCALEDB_VERSION, ...rest } =
      composeVersions();
    // That of Prometheus is compared in monitoring/rules.int.test. Nothing here can run the others.
    const { PROMETHEUS_VERSION, GRAFANA_VERSION, OTEL_COLLECTOR_VERSION, JAEGER_VERSION, ...others } = rest;
    assert.deepEqual(others, {}, 'versions that are not compared with anything');
    for (const version of [PROMETHEUS_VERSION, GRAFANA_VERSION, OTEL_COLLECTOR_VERSION, JAEGER_VERSION])
      assert.match(version ?? '', /^\d+\.\d+\.\d+$/);
    assert.equal(KAFKA_VERSION, inPom('kafka.version'));
    assert.equal(REGISTRY_VERSION, inPom('apicurio.version'));
    assert.equal(REDIS_VERSION, /redis-server-([\d.]+)-/.exec(inPom('redis.binary') ?? '')?.[1]);
    assert.match(TIMESCALEDB_VERSION ?? '', /^[\d.]+-pg17$/);
    for (const [name, { image }] of Object.entries(compose.services))
      assert.match(image, /^tactus$|:[\w.-]+$/, `${name} runs whatever is the latest`);
  });

  it('lets nobody reach it from other machines', () => {
    for (const [name, { ports = [] }] of Object.entries(compose.services))
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
  });

  it('refers to what it has', () => {
    for (const [name, { depends_on = {}, volumes = [] }] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const service = compose.services[other];
        assert.ok(service, `${name} waits for ${other}`);
        if (condition === 'service_healthy') assert.ok(service.healthcheck, `${other} has no health check`);
      }
      for (const volume of volumes) {
        const from = volume.split(':')[0] as string;
        if (!from.startsWith('./')) assert.ok(from in compose.volumes, volume);
        else {
          assert.ok(existsSync(join(packageRoot(), from)), volume);
          assert.match(volume, /:ro$/, 'files of this folder are only read');
        }
      }
    }
  });
});
