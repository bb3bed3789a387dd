import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { loadConfig } from '../../../shared/config/load.js';
import { Health } from '../../../shared/process/health.js';
import { serveStatus, statusUrl } from '../../../shared/process/status-server.js';

/** Another address of this machine than 127.0.0.1, without which only Linux is. */
const OTHER = '127.0.0.2';

/** Whether a server on `host` answers at another address of this machine. */
async function answersElsewhere(host: string): Promise<boolean> {
  const { port, close } = await serveStatus({ host, port: 0 }, new Registry(), new Health());
  try {
    assert.equal((await fetch(`${statusUrl({ host, port })}/healthz`)).status, 200);
    const response = await fetch(`${statusUrl({ host: OTHER, port })}/healthz`).catch(() => null);
    return response !== null;
  } finally {
    await close();
  }
}

describe('the status server', () => {
  it('listens on the loopback address alone unless METRICS_HOST says otherwise', {
    skip: process.platform !== 'linux',
  }, async () => {
    assert.equal(await answersElsewhere(loadConfig({}).http.metricsHost), false);
    assert.equal(await answersElsewhere(loadConfig({ METRICS_HOST: '0.0.0.0' }).http.metricsHost), true);
  });

  it('takes as its host only what can be one', () => {
    for (const METRICS_HOST of ['::', '::1', '10.1.2.3', 'metrics.local'])
      assert.equal(loadConfig({ METRICS_HOST }).http.metricsHost, METRICS_HOST);
    for (const METRICS_HOST of ['http://x', 'a b', '127.0.0.1:80'])
      assert.throws(() => loadConfig({ METRICS_HOST }), /METRICS_HOST .*an IP address or a host name/);
  });

  it('is reached by loopback where it listens everywhere', () => {
    assert.equal(statusUrl({ host: '0.0.0.0', port: 1 }), 'http://127.0.0.1:1');
    assert.equal(statusUrl({ host: '::', port: 1 }), 'http://[::1]:1');
    assert.equal(statusUrl({ host: '10.0.0.7', port: 1 }), 'http://10.0.0.7:1');
  });
});
