import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { parse, stringify } from 'yaml';
import { WORKERS } from '../../services/cli/program/workers.js';
import { configKeys, loadConfig } from '../../shared/config/load.js';
import { packageRoot } from '../../shared/files/package-root.js';
import { readCompose } from '../support/container/compose.js';
import { lagQueries, scaledObjects } from '../support/kubernetes/lag-queries.js';
import { environmentIn, type Manifest, workloads } from '../support/kubernetes/manifests.js';
import { type KubernetesTools, kubernetesTools, NO_KUBERNETES_TOOLS } from '../support/kubernetes/tools.js';

const OVERLAYS = ['local', 'staging', 'production'] as const;
/** With sleep in preStop, the oldest that takes it, and the newest that the validator knows. */
const KUBERNETES = ['1.30.0', '1.37.0'];
const NATIVE = /^(v1|apps\/v1|batch\/v1|policy\/v1|autoscaling\/v2|networking\.k8s\.io\/v1)$/;
const CUSTOM = /^(keda\.sh\/v1alpha1|monitoring\.coreos\.com\/v1|security\.istio\.io\/v1)$/;
const root = packageRoot();

describe('k8s', { skip: NO_KUBERNETES_TOOLS }, () => {
  let tools: KubernetesTools;
  let folder: string;
  const rendered: Record<string, Manifest[]> = {};
  const of = (overlay: string) => rendered[overlay] as Manifest[];
  const own = (overlay: string) =>
    of(overlay).filter(({ metadata: { labels } }) => labels?.['app.kubernetes.io/name'] === 'tactus');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tactus-k8s-'));
    tools = await kubernetesTools();
    for (const overlay of OVERLAYS) rendered[overlay] = await tools.kustomize(`k8s/overlays/${overlay}`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is what Kubernetes takes, of the oldest version on that it is for', async () => {
    const distinct = new Set<string>();
    for (const overlay of OVERLAYS)
      for (const manifest of of(overlay)) {
        assert.match(manifest.apiVersion, new RegExp(`${NATIVE.source}|${CUSTOM.source}`));
        if (NATIVE.test(manifest.apiVersion)) distinct.add(stringify(manifest));
      }
    const file = join(folder, 'native.yaml');
    writeFileSync(file, [...distinct].join('---\n'));
    await Promise.all(KUBERNETES.map((version) => tools.validate(file, version)));
    writeFileSync(file, [...distinct].join('---\n').replace('replicas:', 'replica:'));
    await assert.rejects(tools.validate(file, KUBERNETES[0] as string), /replica/);
  });

  it('scales by objects that KEDA takes', () => {
    const definition = parse(
      readFileSync(join(root, 'test', 'deploy', 'keda', 'scaled-objects.yaml'), 'utf8'),
    );
    const { schema } = definition.spec.versions[0];
    const takes = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
      closed(schema.openAPIV3Schema) as object,
    );
    for (const overlay of ['staging', 'production']) {
      const objects = scaledObjects(of(overlay));
      assert.equal(objects.length, 5);
      for (const object of objects) assert.ok(takes(object), JSON.stringify(takes.errors));
    }
    assert.equal(
      takes({ ...scaledObjects(of('production'))[0], spec: { scaleTargetRef: { nme: 'x' } } }),
      false,
    );
  });

  it('has a Deployment and a budget for every worker, and what must be there before', () => {
    for (const overlay of OVERLAYS) {
      const all = workloads(own(overlay));
      const deployments = all.filter(({ kind }) => kind === 'Deployment');
      const names = WORKERS.map(({ name }) => name).sort();
      assert.deepEqual(deployments.map(({ name }) => name).sort(), names);
      for (const { name, container, labels } of deployments) {
        assert.deepEqual(container.args, [name]);
        assert.equal(labels['app.kubernetes.io/component'], name);
      }
      const commands = all.filter(({ kind }) => kind === 'Job').map(({ container }) => container.args);
      assert.deepEqual(commands.map(([group, verb]) => `${group} ${verb}`).sort(), [
        ...['db migrate', 'schemas apply', 'topics apply'],
      ]);
      const budgets = own(overlay).filter(({ kind }) => kind === 'PodDisruptionBudget');
      assert.deepEqual(budgets.map(({ metadata }) => metadata.name).sort(), names);
    }
  });

  it('gives pods no rights and no token, a root that they cannot write, and time to drain', () => {
    for (const overlay of OVERLAYS)
      for (const { name, kind, pod, container, strategy } of workloads(own(overlay))) {
        const where = `${name} of ${overlay}`;
        assert.equal(pod.automountServiceAccountToken, false, where);
        // Kubernetes would set variables such as TACTUS_PORT for a Service, and unknown ones are refused.
        assert.equal(pod.enableServiceLinks, false, where);
        assert.equal(pod.securityContext.runAsNonRoot, true, where);
        assert.deepEqual(pod.securityContext.seccompProfile, { type: 'RuntimeDefault' }, where);
        assert.equal(container.securityContext.readOnlyRootFilesystem, true, where);
        assert.equal(container.securityContext.allowPrivilegeEscalation, false, where);
        assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] }, where);
        if (kind === 'Job') continue;
        const { drainTimeoutMs } = configOf(overlay, container).shutdown;
        const waits = container.lifecycle?.preStop.sleep.seconds ?? 0;
        assert.ok((pod.terminationGracePeriodSeconds ?? 0) > waits + drainTimeoutMs / 1_000, where);
        assert.deepEqual(strategy, {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
        });
        const zones = pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
        assert.deepEqual(zones, ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'], where);
      }
  });

  it('starts with three of each in production, of the sizes that are written down', () => {
    const scaled = new Set(scaledObjects(of('production')).map(({ metadata }) => metadata.name));
    const byCpu = new Set(
      own('production').flatMap(({ kind, metadata }) =>
        kind === 'HorizontalPodAutoscaler' ? [metadata.name] : [],
      ),
    );
    assert.deepEqual([...byCpu].sort(), ['api', 'gateway']);
    for (const { name, kind, replicas, container } of workloads(own('production'))) {
      if (kind === 'Job') continue;
      // Where a scaler decides, it says how many; whoever applies the manifests again does not.
      assert.equal(replicas, scaled.has(name) || byCpu.has(name) ? undefined : 3, name);
      assert.deepEqual(container.resources, {
        requests: { memory: '512Mi', cpu: '500m' },
        limits: { memory: '1Gi', cpu: '1000m' },
      });
    }
    for (const { spec } of scaledObjects(of('production'))) assert.equal(spec.minReplicaCount, 3);
  });

  it('sets what the configuration knows, to what it allows, and no secret', () => {
    const known = new Set(configKeys().map(([, { env }]) => env));
    for (const overlay of OVERLAYS) {
      assert.ok(!of(overlay).some(({ kind }) => kind === 'Secret'));
      for (const { container, pod } of workloads(own(overlay))) {
        for (const variable of Object.keys(environmentIn(of(overlay), container, 'pod')))
          assert.ok(known.has(variable) || variable === 'NODE_OPTIONS', variable);
        configOf(overlay, container);
        assert.deepEqual(
          pod.volumes.flatMap(({ secret }) => secret?.secretName ?? []),
          ['tactus'],
        );
      }
      const text = JSON.stringify(of(overlay));
      assert.doesNotMatch(text, /:\/\/[^/@"\s]+:[^/@"\s]+@/, 'a password in an address');
    }
  });

  it('lets through what the configured addresses need', () => {
    for (const overlay of OVERLAYS) {
      const out = new Map<string, Set<number>>();
      for (const { kind, spec } of own(overlay)) {
        if (kind !== 'NetworkPolicy') continue;
        const { podSelector, egress = [] } = spec as Policy;
        const [named = { values: WORKERS.map(({ name }) => name) }] = podSelector.matchExpressions ?? [];
        const one = podSelector.matchLabels['app.kubernetes.io/component'];
        for (const name of one === undefined ? named.values : [one])
          for (const { port } of egress.flatMap(({ ports }) => ports))
            out.set(name, (out.get(name) ?? new Set()).add(port));
      }
      for (const { container, kind, name } of workloads(own(overlay))) {
        if (kind === 'Job') continue;
        const env = environmentIn(of(overlay), container, 'pod');
        const port = (variable: string) => Number(new URL(env[variable] as string).port);
        const needed = [9092, port('SCHEMA_REGISTRY_URL')];
        if (['sink', 'batch', 'api'].includes(name)) needed.push(port('DATABASE_URL'));
        if (name === 'sink' || name === 'gateway') needed.push(port('REDIS_URL'));
        if (env.TACTUS_TRACING === 'otlp') needed.push(port('OTEL_EXPORTER_OTLP_ENDPOINT'));
        for (const each of needed) assert.ok(out.get(name)?.has(each), `${name} of ${overlay}: ${each}`);
      }
    }
  });

  it('names ports by their protocol, as a mesh reads them', () => {
    for (const overlay of OVERLAYS) {
      for (const { container, kind } of workloads(own(overlay)))
        for (const { name } of container.ports ?? []) assert.match(name, /^http(-|$)/, kind);
      for (const { kind, spec } of of(overlay))
        if (kind === 'Service')
          for (const { name, appProtocol } of (spec as { ports: { name: string; appProtocol: string }[] })
            .ports)
            assert.equal(name, appProtocol);
    }
  });

  it('scales between one and as many as there are partitions, slowly down, and not to nothing without an answer', () => {
    for (const overlay of ['staging', 'production']) {
      const { container } = workloads(own(overlay)).find(({ name }) => name === 'ingest') as ReturnType<
        typeof workloads
      >[number];
      const { partitions } = configOf(overlay, container).kafka;
      for (const { spec, metadata } of scaledObjects(of(overlay))) {
        assert.equal(spec.scaleTargetRef.name, metadata.name);
        assert.ok(spec.minReplicaCount >= 1 && spec.maxReplicaCount <= partitions, metadata.name);
        assert.ok(spec.fallback.replicas >= 1);
        const { behavior } = spec.advanced.horizontalPodAutoscalerConfig;
        assert.ok(behavior.scaleDown.stabilizationWindowSeconds >= 300);
        for (const { metadata: trigger } of spec.triggers) {
          assert.equal(trigger.ignoreNullValues, 'false');
          assert.match(trigger.query, new RegExp(`namespace="${metadata.namespace}"`));
        }
      }
      assert.equal(lagQueries(of(overlay)).size, 5);
    }
  });

  it('renders the same from the chart', async () => {
    for (const overlay of OVERLAYS) {
      const ofChart = await tools.helmTemplate(`values-${overlay}.yaml`, 'tactus');
      // Who installs a chart brings the namespace; the servers to try it with are not in it.
      const ofOverlay = own(overlay).filter(({ kind }) => kind !== 'Namespace');
      assert.deepEqual(comparable(ofChart), comparable(ofOverlay), overlay);
    }
    const found = await tools.helmTemplate('values-production.yaml', 'tactus');
    const hooks = (events: string) =>
      found.flatMap(({ kind, metadata }) =>
        metadata.annotations?.['helm.sh/hook'] === events ? [kind] : [],
      );
    assert.deepEqual(hooks('pre-install,pre-upgrade').sort(), ['ConfigMap', 'Job', 'Job', 'Job']);
    // What is no hook goes with the upgrade that has it no longer, and then no pod of before can start anew.
    assert.deepEqual(hooks('pre-install,pre-upgrade,pre-rollback'), ['ConfigMap']);
  });

  it('has the versions that the project and docker-compose.yml have', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const chart = parse(readFileSync(join(root, 'k8s', 'chart', 'Chart.yaml'), 'utf8'));
    assert.deepEqual([chart.version, chart.appVersion], [version, version]);
    for (const overlay of ['staging', 'production'])
      for (const { container } of workloads(own(overlay)))
        assert.equal(container.image, `registry.example.com/tactus:${version}`);
    const inCompose = Object.values(readCompose().services).map(({ image }) => image);
    const servers = of('local').filter(({ kind }) => kind === 'StatefulSet');
    assert.equal(servers.length, 4);
    for (const { spec } of servers) {
      const { containers } = (spec as { template: { spec: { containers: { image: string }[] } } }).template
        .spec;
      assert.ok(inCompose.includes(containers[0]?.image as string), containers[0]?.image);
    }
  });

  it('has a configuration for Prometheus that gives series the labels that the queries select by', () => {
    const text = readFileSync(join(root, 'k8s', 'prometheus', 'scrape.yaml'), 'utf8');
    const { kubernetes_sd_configs: found, ...job } = parse(text).scrape_configs[0];
    assert.deepEqual(found, [{ role: 'pod', namespaces: { names: ['tactus'] } }]);
    // Debian's Prometheus is built without the discovery of pods; all else is checked by it.
    const file = join(folder, 'scrape.yml');
    writeFileSync(file, stringify({ scrape_configs: [job] }));
    execFileSync('promtool', ['check', 'config', file], { stdio: 'pipe' });
    const labels = (job.relabel_configs as { target_label?: string }[]).map(
      ({ target_label }) => target_label,
    );
    assert.ok(labels.includes('namespace'));
    for (const overlay of OVERLAYS)
      for (const { kind, container } of workloads(own(overlay)))
        if (kind === 'Deployment')
          assert.ok(
            container.ports?.some(
              ({ name, containerPort }) => name === 'http-metrics' && containerPort === 9464,
            ),
          );
  });

  it('runs an image whose Dockerfile hadolint has nothing against', async () => {
    await tools.hadolint(join(root, 'Dockerfile'));
  });

  function configOf(overlay: string, container: Parameters<typeof environmentIn>[1]) {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'x'.repeat(32));
    const env = Object.entries(environmentIn(of(overlay), container, 'pod-0')).map(([name, value]) => [
      name,
      value.startsWith('/run/tactus/') ? secret : value,
    ]);
    return loadConfig(Object.fromEntries(env));
  }
});

interface Policy {
  readonly podSelector: {
    readonly matchLabels: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly { readonly values: readonly string[] }[];
  };
  readonly egress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
}

/** A schema that takes no key that it does not name, as an API server that is strict does. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  if ('properties' in copy && !('x-kubernetes-preserve-unknown-fields' in copy))
    copy.additionalProperties ??= false;
  return copy;
}

/** By kind and name; without what either way of rendering adds, and the hash of a content in its name. */
function comparable(manifests: readonly Manifest[]): Record<string, unknown> {
  const entries = manifests.map((manifest) => {
    const plain = JSON.parse(
      JSON.stringify(manifest).replace(/"(tactus(?:-setup)?)-[0-9a-z]{10}"/g, '"$1"'),
    ) as {
      kind: string;
      metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
    };
    const { namespace, annotations = {}, ...metadata } = plain.metadata;
    const others = Object.entries(annotations).filter(([name]) => !name.startsWith('helm.sh/'));
    return [
      `${plain.kind}/${metadata.name}`,
      {
        ...plain,
        metadata: { ...metadata, ...(others.length > 0 && { annotations: Object.fromEntries(others) }) },
      },
    ] as const;
  });
  return Object.fromEntries(entries.sort(([one], [other]) => one.localeCompare(other)));
}
