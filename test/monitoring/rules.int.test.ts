import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parse, stringify } from 'yaml';
import { ALERT_GROUPS } from '../../monitoring/prometheus/alerts/all.js';
import { WORKERS } from '../../services/cli/program/workers.js';
import { loadConfig } from '../../shared/config/load.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { composeVersions, readCompose } from '../support/container/compose.js';
import { runTool } from '../support/prometheus.js';
import { ALERT_CASES, HEALTHY } from './alert-cases.js';

const folder = join(packageRoot(), 'monitoring', 'prometheus');
const alerts = ALERT_GROUPS.flatMap((group) => group.alerts);

const seriesOf = (series: Readonly<Record<string, string>>) =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }));

describe('docker-compose.yml', () => {
  it('runs the Prometheus that these tests run', () => {
    const version = / version ([\d.]+)/.exec(runTool('promtool', '--version'))?.[1];
    assert.equal(composeVersions().PROMETHEUS_VERSION, version);
  });

  it('has what is scraped and mounted where it is expected', () => {
    const { services } = readCompose();
    const read = (...path: string[]) =>
      parse(readFileSync(join(packageRoot(), 'monitoring', ...path), 'utf8'));
    const [{ job_name: job, dns_sd_configs: found }] = read('prometheus', 'prometheus.yml').scrape_configs;
    assert.equal(job, 'tactus');
    assert.deepEqual([...found[0].names].sort(), WORKERS.map(({ name }) => name).sort());
    for (const name of found[0].names) assert.equal(services[name]?.command?.[0], name);
    assert.equal(found[0].port, loadConfig({}).http.metricsPort);
    const mounts = services.grafana?.volumes ?? [];
    const [provider] = read('grafana', 'provisioning', 'dashboards', 'tactus.yml').providers;
    assert.ok(mounts.includes(`./monitoring/grafana/dashboards:${provider.options.path}:ro`));
    const sources = read('grafana', 'provisioning', 'datasources', 'tactus.yml').datasources;
    const [source] = sources;
    assert.equal(source.url, 'http://prometheus:9090');
    // Exemplars are kept, and lead to where traces are.
    assert.ok(services.prometheus?.command?.includes('--enable-feature=exemplar-storage'));
    const [{ name, datasourceUid }] = source.jsonData.exemplarTraceIdDestinations;
    assert.equal(name, 'trace_id');
    const { url, type } = sources.find(({ uid }: { uid: string }) => uid === datasourceUid);
    assert.equal(type, 'jaeger');
    assert.ok(new URL(url).hostname in services, url);
  });
});

describe('the files of Prometheus and Alertmanager', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'tactus-rules-'));
  after(() => rmSync(temporary, { recursive: true }));

  /** @throws with what promtool says when an alert does otherwise */
  const testRules = (tests: readonly object[]) => {
    const file = join(temporary, 'tests.yml');
    writeFileSync(
      file,
      stringify({ rule_files: [join(folder, 'rules.yml')], evaluation_interval: '15s', tests }),
    );
    return runTool('promtool', 'test', 'rules', file);
  };

  it('are valid', () => {
    assert.match(
      runTool('promtool', 'check', 'rules', join(folder, 'rules.yml')),
      new RegExp(`SUCCESS: ${alerts.length} rules`),
    );
    runTool('promtool', 'check', 'config', join(folder, 'prometheus.yml'));
    runTool('amtool', 'check-config', join(folder, 'alertmanager.yml'));
  });

  it('fire by the thresholds that they have, and say what is wrong', () => {
    testRules(
      Object.entries(ALERT_CASES).map(([name, { series, at, labels, summary }]) => {
        const severity = alerts.find((alert) => alert.name === name)?.severity;
        const expected = {
          exp_labels: { ...labels, severity },
          exp_annotations: { summary, runbook_url: `monitoring/README.md#${name.toLowerCase()}` },
        };
        return {
          name,
          interval: '15s',
          input_series: seriesOf(series),
          alert_rule_test: [{ alertname: name, eval_time: at, exp_alerts: [expected] }],
        };
      }),
    );
  });

  it('fire none while all is well', () => {
    const quiet = (series: Readonly<Record<string, string>>) =>
      testRules([
        {
          interval: '15s',
          input_series: seriesOf(series),
          alert_rule_test: alerts
            .filter(({ name }) => name !== 'TactusWatchdog')
            .map(({ name }) => ({ alertname: name, eval_time: '20m', exp_alerts: [] })),
        },
      ]);
    quiet(HEALTHY);
    assert.throws(() => quiet({ ...HEALTHY, 'up{job="tactus", instance="x:9464"}': '0x100' }));
  });
});
