import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { ChildServer } from '../../../services/up/embedded/child-server.js';
import { Guard } from '../../../services/up/embedded/guard.js';
import { fetchParts } from '../../../services/up/embedded/parts.js';
import { freePort } from '../../../services/up/embedded/ports.js';
import type { Issued } from './certificates.js';
import { AUDIENCE, ISSUER } from './token-server.js';

const run = promisify(execFile);

export interface SecuredKafkaOptions {
  readonly folder: string;
  readonly server: Issued;
  /** Certificates of clients are signed by it. */
  readonly clientCa: string;
  /** Users by SCRAM and PLAIN, with their passwords. */
  readonly users: Readonly<Record<string, string>>;
  /** Address of the keys that tokens are verified with; without it there is no OAUTHBEARER. */
  readonly jwksUrl?: string;
  /** How long a session by SASL lasts. */
  readonly sessionMs?: number;
  /** Nobody may do anything that no ACL permits, and every decision is logged. */
  readonly authorizer?: boolean;
}

/**
 * A broker whose clients log in over TLS 1.3, with listeners for each way. Whoever comes over the plain one may do
 * everything.
 */
export class SecuredKafka {
  readonly plain: string;
  /** SASL_SSL. */
  readonly login: string;
  /** SSL; certificates of clients are required, and their common names are the principals. */
  readonly mutual: string;
  readonly #guard = new Guard();
  readonly #server: ChildServer;

  private constructor(
    private readonly options: SecuredKafkaOptions,
    ports: readonly [plain: number, login: number, mutual: number, controller: number],
  ) {
    const [plain, login, mutual, controller] = ports;
    this.plain = `127.0.0.1:${plain}`;
    this.login = `127.0.0.1:${login}`;
    this.mutual = `127.0.0.1:${mutual}`;
    const properties = join(options.folder, 'secured.properties');
    const data = join(options.folder, 'secured-data');
    const spec = {
      name: 'kafka' as const,
      port: plain,
      command: async () => {
        const classPath = join((await fetchParts(() => {})).kafka, '*');
        mkdirSync(data, { recursive: true });
        writeFileSync(properties, this.#properties(data, controller));
        const users = Object.entries(options.users).flatMap(([name, password]) =>
          ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
            '--add-scram',
            `${mechanism}=[name=${name},password=${password},iterations=4096]`,
          ]),
        );
        const format = ['format', '--ignore-formatted', '-t', 'AAAAAAAAQACAAAAAAAAAAA', '-c', properties];
        await run('java', [
          '-XX:TieredStopAtLevel=1',
          '-cp',
          classPath,
          'kafka.tools.StorageTool',
          ...format,
          ...users,
        ]);
        const { jwksUrl, authorizer } = options;
        const settings = [
          ...(jwksUrl === undefined ? [] : [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${jwksUrl}`]),
          ...(authorizer ? ['-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug'] : []),
        ];
        const memory = ['-Xms128m', '-Xmx512m', '-XX:TieredStopAtLevel=1'];
        return { file: 'java', args: [...memory, ...settings, '-cp', classPath, 'kafka.Kafka', properties] };
      },
      probe: async () => {
        const admin = this.admin();
        await admin.connect();
        try {
          if ((await admin.describeCluster()).brokers.length === 0) throw new Error('no broker yet');
        } finally {
          await admin.disconnect();
        }
      },
    };
    this.#server = new ChildServer(spec, this.log, this.#guard, () => {});
  }

  static async start(options: SecuredKafkaOptions): Promise<SecuredKafka> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
    const kafka = new SecuredKafka(options, ports);
    await kafka.#server.start();
    return kafka;
  }

  /** The file of the broker's log. */
  get log(): string {
    return join(this.options.folder, 'kafka.log');
  }

  /** Over the plain listener. */
  admin(): ReturnType<Kafka['admin']> {
    return new Kafka({ brokers: [this.plain], logLevel: logLevel.NOTHING, retry: { retries: 1 } }).admin();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await this.#guard.close();
  }

  #properties(data: string, controller: number): string {
    const { server, clientCa, users, jwksUrl, sessionMs = 0, authorizer = false } = this.options;
    const login = 'listener.name.login';
    const modules = 'org.apache.kafka.common.security';
    const mechanisms = [
      'PLAIN',
      'SCRAM-SHA-256',
      'SCRAM-SHA-512',
      ...(jwksUrl === undefined ? [] : ['OAUTHBEARER']),
    ];
    const plainUsers = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
    const values: Record<string, string | number | boolean> = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@127.0.0.1:${controller}`,
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'INTERNAL',
      listeners: `INTERNAL://${this.plain},LOGIN://${this.login},MUTUAL://${this.mutual},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': `INTERNAL://${this.plain},LOGIN://${this.login},MUTUAL://${this.mutual}`,
      'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
      'log.dirs': data,
      'auto.create.topics.enable': false,
      'default.replication.factor': 1,
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 4,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'transaction.state.log.num.partitions': 4,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
      'ssl.enabled.protocols': 'TLSv1.3',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': server.both,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': clientCa,
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.mutual.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
      [`${login}.sasl.enabled.mechanisms`]: mechanisms.join(','),
      [`${login}.plain.sasl.jaas.config`]: `${modules}.plain.PlainLoginModule required ${plainUsers.join(' ')};`,
      [`${login}.scram-sha-256.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
      [`${login}.scram-sha-512.sasl.jaas.config`]: `${modules}.scram.ScramLoginModule required;`,
      'connections.max.reauth.ms': sessionMs,
      ...(jwksUrl === undefined
        ? {}
        : {
            [`${login}.oauthbearer.sasl.jaas.config`]: `${modules}.oauthbearer.OAuthBearerLoginModule required;`,
            [`${login}.oauthbearer.sasl.server.callback.handler.class`]: `${modules}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
            'sasl.oauthbearer.jwt.validator.class': `${modules}.oauthbearer.BrokerJwtValidator`,
            'sasl.oauthbearer.jwks.endpoint.url': jwksUrl,
            'sasl.oauthbearer.expected.issuer': ISSUER,
            'sasl.oauthbearer.expected.audience': AUDIENCE,
          }),
      ...(authorizer
        ? {
            'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
            'allow.everyone.if.no.acl.found': false,
            'super.users': 'User:ANONYMOUS',
          }
        : {}),
    };
    return Object.entries(values)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
  }
}
