import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { tlsProblem } from '../../../../shared/adapters/security/tls-problem.js';
import { TlsMaterial, type TlsSettings } from '../../../../shared/files/tls-files.js';
import { Authority } from '../../../support/secured/certificates.js';
import { peerName, TlsServer } from '../../../support/secured/tls-server.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-tls-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const authority = new Authority(folder, 'authority');
const stranger = new Authority(folder, 'stranger');
const good = authority.issue('server');
const settings = (given: Partial<TlsSettings> = {}): TlsSettings => ({
  ...{ ca: authority.cert, cert: '', key: '', serverName: '', minVersion: 'TLSv1.3' },
  passphrase: { current: '' },
  ...given,
});
const log = { info: () => {}, warn: () => {} };

/** What is said of the error that a connection ends with. */
async function said(port: number, given: TlsSettings): Promise<string | null> {
  const options = new TlsMaterial(given, log).options('127.0.0.1');
  try {
    await peerName({ port }, options);
    return 'connected';
  } catch (error) {
    return tlsProblem(new Error('wrapped', { cause: error }), 'TACTUS_KAFKA') ?? String(error);
  }
}

const withServer = async (
  server: Parameters<typeof TlsServer.start>[0],
  given: TlsSettings,
): Promise<string | null> => {
  const started = await TlsServer.start(server);
  try {
    return await said(started.port, given);
  } finally {
    started.close();
  }
};

describe('an error of TLS', () => {
  const cases: readonly [string, () => Promise<string | null>, RegExp][] = [
    ['no error', () => withServer({ server: good }, settings()), /^connected$/],
    [
      'an unknown authority',
      () => withServer({ server: stranger.issue('other') }, settings()),
      /^its certificate is signed by none .*: name that of the server with TACTUS_KAFKA_TLS_CA_FILE$/,
    ],
    [
      'an expired certificate of the server',
      () => withServer({ server: authority.issue('old', { days: -1 }) }, settings()),
      /^its certificate has expired \(CERT_HAS_EXPIRED\): renew that of the server$/,
    ],
    [
      'another name',
      () => withServer({ server: authority.issue('away', { for: 'IP:127.0.0.2' }) }, settings()),
      /^its certificate is for another name \(.*127\.0\.0\.1.*127\.0\.0\.2.*\): .* TACTUS_KAFKA_TLS_SERVER_NAME to one$/,
    ],
    [
      'that name, which is expected',
      () =>
        withServer(
          { server: authority.issue('named', { for: 'DNS:broker.example' }) },
          settings({ serverName: 'broker.example' }),
        ),
      /^connected$/,
    ],
    [
      'no certificate of the client',
      () => withServer({ server: good, clientCa: authority.cert }, settings()),
      /^it wants a certificate of this process.*\(alert 116\): set TACTUS_KAFKA_TLS_CERT_FILE and TACTUS_KAFKA_TLS_KEY_FILE$/,
    ],
    [
      'an old server',
      () => withServer({ server: good, maxVersion: 'TLSv1.2' }, settings()),
      /^there is no version of TLS that both sides speak .*TACTUS_TLS_MIN_VERSION=TLSv1\.2$/,
    ],
    [
      'an old server that is allowed',
      () => withServer({ server: good, maxVersion: 'TLSv1.2' }, settings({ minVersion: 'TLSv1.2' })),
      /^connected$/,
    ],
  ];
  for (const [what, attempt, expected] of cases)
    it(`says what is wrong and which key to set: ${what}`, async () => {
      assert.match((await attempt()) ?? '', expected);
    });

  it('says what is wrong with a server that does not speak TLS', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    assert.match(
      (await said((plain.address() as AddressInfo).port, settings())) ?? '',
      /^what answers there does not speak TLS .*TACTUS_KAFKA_TLS…/,
    );
    plain.close();
  });

  it('is none where it is something else', () => {
    for (const error of [new Error('x'), Object.assign(new Error('y'), { code: 'ECONNREFUSED' }), null])
      assert.equal(tlsProblem(error, 'TACTUS_KAFKA'), null);
  });
});
