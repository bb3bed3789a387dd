import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { freePort } from '../../../../../services/up/embedded/ports.js';
import { createKafka, kafkaError } from '../../../../../shared/adapters/kafka/client.js';
import { fetchFrom } from '../../../../../shared/adapters/kafka/consume/fetch.js';
import { openCluster } from '../../../../../shared/adapters/kafka/internals.js';
import { finalizedFeatures } from '../../../../../shared/adapters/kafka/protocol/api-versions.js';
import { FrameBuffers } from '../../../../../shared/adapters/kafka/protocol/frame-buffers.js';
import { sendParts } from '../../../../../shared/adapters/kafka/send-parts.js';
import { type Config, loadConfig } from '../../../../../shared/config/load.js';
import { runTactus } from '../../../../support/command-line.js';
import { Authority, type Issued } from '../../../../support/secured/certificates.js';
import { SecuredKafka } from '../../../../support/secured/kafka.js';
import { CLIENT_SECRET, TokenServer } from '../../../../support/secured/token-server.js';

type Env = Readonly<Record<string, string>>;

const PASSWORD = 'correct-horse';
const TOPIC = 'some-topic';
const SESSION_MS = 3_000;

describe('connections to Kafka', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tactus-secured-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const authority = new Authority(folder, 'authority');
  const stranger = new Authority(folder, 'stranger');
  const tokens = new TokenServer();
  let kafka: SecuredKafka;
  before(async () => {
    await tokens.listen();
    kafka = await SecuredKafka.start({
      folder,
      server: authority.issue('broker'),
      clientCa: authority.cert,
      users: { worker: PASSWORD },
      jwksUrl: `${tokens.url}/jwks`,
      sessionMs: SESSION_MS,
    });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }] });
    await admin.disconnect();
  });
  after(async () => {
    await kafka.stop();
    tokens.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const log = pino({ level: 'silent' });
  const kafkaOf = (env: Env) => createKafka({ config: loadConfig(env), log });
  /** What comes of connecting and asking for something. */
  const reach = (env: Env): Promise<string> => reachWith(loadConfig(env));
  const reachWith = async (config: Config): Promise<string> => {
    const admin = createKafka({ config, log }).admin();
    try {
      await admin.connect();
      await admin.listTopics();
      return 'connected';
    } catch (error) {
      const { code, message } = kafkaError(error, 'connecting');
      return `${code} ${message}`;
    } finally {
      await admin.disconnect();
    }
  };
  /** Side by side: kafkajs tries again for a while where it might help. */
  const all = async (cases: readonly (readonly [string, Env, RegExp])[]): Promise<void> => {
    const said = await Promise.all(cases.map(([, env]) => reach(env)));
    for (const [i, [what, , expected]] of cases.entries()) {
      assert.match(said[i] as string, expected, what);
      assert.ok(!/correct-horse|wrong-horse|secret-of/.test(said[i] as string), what);
    }
  };

  const tls = (): Env => ({ KAFKA_BROKERS: kafka.login, TACTUS_KAFKA_TLS_CA_FILE: authority.cert });
  const withPassword = (mechanism: string, password = PASSWORD): Env => ({
    ...tls(),
    TACTUS_KAFKA_SASL_MECHANISM: mechanism,
    TACTUS_KAFKA_SASL_USERNAME: 'worker',
    TACTUS_KAFKA_SASL_PASSWORD: password,
  });
  const mutual = ({ cert, key }: Issued): Env => ({
    ...tls(),
    KAFKA_BROKERS: kafka.mutual,
    TACTUS_KAFKA_TLS_CERT_FILE: cert,
    TACTUS_KAFKA_TLS_KEY_FILE: key,
  });
  const bearer = (): Env => ({ ...tls(), TACTUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER' });
  const asking = (secret = CLIENT_SECRET, url = `${tokens.url}/token`): Env => ({
    ...bearer(),
    TACTUS_KAFKA_OAUTH_TOKEN_URL: url,
    TACTUS_KAFKA_OAUTH_CLIENT_ID: 'worker',
    TACTUS_KAFKA_OAUTH_CLIENT_SECRET: secret,
  });
  const withToken = (name: string, token: string): Env => ({
    ...bearer(),
    TACTUS_KAFKA_OAUTH_TOKEN_FILE: file(name, `${token}\n`),
  });

  it('log in by user and password, which a broker may refuse', async () => {
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
      await all([
        [mechanism, withPassword(mechanism), /^connected$/],
        [
          `${mechanism}, wrong password`,
          withPassword(mechanism, 'wrong-horse'),
          new RegExp(
            `^TACTUS_ACCESS_REFUSED Kafka at ${kafka.login} refuses the user "worker" with ${mechanism} \\(Authentication failed.*\\): correct TACTUS_KAFKA_SASL_USERNAME or TACTUS_KAFKA_SASL_PASSWORD$`,
          ),
        ],
      ]);
  });

  it('prove themselves by certificate, and say what is wrong with theirs or that of the broker', async () => {
    const locked = authority.issue('locked', { passphrase: 'open sesame' });
    await all([
      ['certificate', mutual(authority.issue('worker')), /^connected$/],
      [
        'certificate with an encrypted key',
        { ...mutual(locked), TACTUS_KAFKA_TLS_KEY_PASSPHRASE_FILE: file('passphrase', 'open sesame\n') },
        /^connected$/,
      ],
      [
        'certificate that the broker does not trust',
        mutual(stranger.issue('other')),
        new RegExp(
          `^TACTUS_ACCESS_REFUSED Kafka at ${kafka.mutual}: it refuses the certificate of this process \\(alert 46\\): correct TACTUS_KAFKA_TLS_CERT_FILE and TACTUS_KAFKA_TLS_KEY_FILE$`,
        ),
      ],
      [
        'no certificate',
        { ...tls(), KAFKA_BROKERS: kafka.mutual },
        /^TACTUS_ACCESS_REFUSED Kafka at \S+: it wants a certificate .*: set TACTUS_KAFKA_TLS_CERT_FILE and TACTUS_KAFKA_TLS_KEY_FILE$/,
      ],
      [
        'broker that is not trusted',
        { ...withPassword('PLAIN'), TACTUS_KAFKA_TLS_CA_FILE: stranger.cert },
        /^TACTUS_ACCESS_REFUSED Kafka at \S+: its certificate is signed by none of the authorities.*TACTUS_KAFKA_TLS_CA_FILE$/,
      ],
      [
        'broker of another name',
        { ...withPassword('PLAIN'), TACTUS_KAFKA_TLS_SERVER_NAME: 'broker.example' },
        /^TACTUS_ACCESS_REFUSED Kafka at \S+: its certificate is for another name \(Host: broker\.example\..*TACTUS_KAFKA_TLS_SERVER_NAME/,
      ],
      [
        'TLS where there is none',
        { ...tls(), KAFKA_BROKERS: kafka.plain },
        /^TACTUS_ACCESS_REFUSED Kafka at \S+ does not speak TLS: leave TACTUS_KAFKA_TLS… out/,
      ],
    ]);
  });

  it('use the certificate that its files hold when they are made', async () => {
    const live: Issued = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key'), both: '' };
    const put = (from: Issued) => {
      copyFileSync(from.cert, live.cert);
      copyFileSync(from.key, live.key);
    };
    put(authority.issue('first'));
    const config = loadConfig(mutual(live));
    assert.equal(await reachWith(config), 'connected');
    put(stranger.issue('second'));
    assert.match(await reachWith(config), /it refuses the certificate of this process/);
    put(authority.issue('third'));
    assert.equal(await reachWith(config), 'connected');
  });

  it('log in by tokens, given or asked for, and say what is wrong with them', async () => {
    const nowhere = await freePort();
    const genuine = tokens.sign({ sub: 'worker' });
    const forged = `${genuine.slice(0, -8)}${genuine.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`;
    await all([
      ['asked for', asking(), /^connected$/],
      [
        'with extensions',
        { ...asking(), TACTUS_KAFKA_OAUTH_EXTENSIONS: 'logicalCluster=lkc' },
        /^connected$/,
      ],
      ['given', withToken('genuine', genuine), /^connected$/],
      [
        'client that the token server refuses',
        asking('wrong-horse'),
        /^TACTUS_ACCESS_REFUSED the token server at \S+\/token refuses the client "worker" \(401 invalid_client\): correct TACTUS_KAFKA_OAUTH_CLIENT_ID or TACTUS_KAFKA_OAUTH_CLIENT_SECRET$/,
      ],
      [
        'token server that is away',
        asking(CLIENT_SECRET, `http://127.0.0.1:${nowhere}/token`),
        /^TACTUS_KAFKA_UNAVAILABLE connecting: the token server at http:\/\/127\.0\.0\.1:\d+\/token: connect ECONNREFUSED/,
      ],
      [
        'forged',
        withToken('forged', forged),
        /^TACTUS_ACCESS_REFUSED Kafka at \S+ refuses the token \(.*invalid_token.*issuer "https:\/\/issuer\.example".*expires in \d+ s\): renew that of TACTUS_KAFKA_OAUTH_TOKEN_FILE$/,
      ],
      [
        'for somebody else',
        withToken('audience', tokens.sign({ sub: 'worker', aud: 'elsewhere' })),
        /^TACTUS_ACCESS_REFUSED Kafka at \S+ refuses the token \(.*audience "elsewhere"/,
      ],
      [
        'expired',
        withToken('expired', tokens.sign({ sub: 'worker', exp: Math.floor(Date.now() / 1_000) - 60 })),
        /^TACTUS_ACCESS_REFUSED the token for Kafka is of no use \(.*expired 6\d s ago\): renew that of TACTUS_KAFKA_OAUTH_TOKEN_FILE$/,
      ],
    ]);
  });

  it('log in again in time, on the same connection, with what the file of the token holds by then', async () => {
    tokens.lifetimeS = 4;
    const path = file('short', tokens.sign({ sub: 'worker' }));
    const renewing = setInterval(() => writeFileSync(path, tokens.sign({ sub: 'worker' })), 1_000);
    const cluster = openCluster(kafkaOf({ ...bearer(), TACTUS_KAFKA_OAUTH_TOKEN_FILE: path }));
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([TOPIC]);
      const buffers = new FrameBuffers();
      const partitions = [{ topic: TOPIC, topicId: null, partition: 0, leaderEpoch: -1, offset: 0 }];
      const fetching = { maxWaitMs: 100, maxBytes: 65_536, maxBytesPerPartition: 65_536 };
      const broker = await cluster.findBroker({ nodeId: '1' });
      const ports = async () =>
        await Promise.all(
          [0, 1].map(async (index) => {
            const { socket } = await broker.connectionPool.getConnection(index);
            return (socket as unknown as { localPort: number }).localPort;
          }),
        );
      const turn = async () => {
        const asked: Promise<unknown>[] = [
          fetchFrom(broker, partitions, fetching, buffers),
          cluster.refreshMetadata(),
        ];
        for (let i = 0; i < 5; i++) asked.push(sendParts(broker, finalizedFeatures(), 5_000));
        await Promise.all(asked);
      };
      await turn();
      const before = await ports();
      // Longer than three sessions, and two tokens.
      for (const began = performance.now(); performance.now() - began < 3 * SESSION_MS + 1_000; ) {
        await turn();
        await setTimeout(20);
      }
      assert.deepEqual(await ports(), before);
      assert.equal(new Set(before).size, 2);
    } finally {
      clearInterval(renewing);
      await cluster.disconnect();
      tokens.lifetimeS = 300;
    }
  });

  it('ask a listener what it wants that closes connections without a word', async () => {
    for (const [env, expected] of [
      [
        { KAFKA_BROKERS: kafka.mutual },
        / speaks TLS: set TACTUS_KAFKA_TLS=true, or TACTUS_KAFKA_TLS_CA_FILE\n$/,
      ],
      [tls(), / wants a login \(.*SCRAM-SHA-512.*\): set TACTUS_KAFKA_SASL_MECHANISM\n$/],
    ] as const) {
      const { code, stderr } = await runTactus(['topics', 'plan'], env);
      assert.equal(code, 78, stderr);
      assert.match(stderr, expected);
    }
  });

  it('end commands and workers that are refused with 78 and one line, without the secret', async () => {
    const env = withPassword('SCRAM-SHA-256', 'wrong-horse');
    const registry = { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:19', METRICS_PORT: '0' };
    await Promise.all(
      [['topics', 'plan'], ['dlq', 'ls'], ['windowing'], ['collector']].map(async (args) => {
        const { code, stdout, stderr } = await runTactus(args, { ...env, ...registry });
        assert.equal(code, 78, `${args}: ${stderr}`);
        assert.match(
          stderr,
          new RegExp(
            `^tactus ${args.join(' ')}: Kafka at ${kafka.login} refuses the user "worker" .*TACTUS_KAFKA_SASL_PASSWORD\n$`,
          ),
        );
        assert.ok(!`${stdout}${stderr}`.includes('wrong-horse'));
      }),
    );
  });
});
