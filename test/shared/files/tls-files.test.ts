import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  checkTlsFiles,
  TlsFileError,
  TlsMaterial,
  type TlsSettings,
} from '../../../shared/files/tls-files.js';
import { Authority } from '../../support/secured/certificates.js';
import { peerName, TlsServer } from '../../support/secured/tls-server.js';

const folder = mkdtempSync(join(tmpdir(), 'tactus-tls-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const authority = new Authority(folder, 'authority');
const first = authority.issue('first');
const second = authority.issue('second');
const locked = authority.issue('locked', { passphrase: 'open sesame' });
writeFileSync(at('empty.pem'), '');
writeFileSync(at('broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');

/** Written by a passphrase, and no key: so looks what another than the right one opens by chance. */
function openedByChance(passphrase: string): string {
  const iv = Buffer.alloc(16, 1);
  const key = createHash('md5').update(passphrase).update(iv.subarray(0, 8)).digest();
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  const body = Buffer.concat([cipher.update('no key'), cipher.final()]).toString('base64');
  return [
    '-----BEGIN RSA PRIVATE KEY-----',
    `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${iv.toString('hex').toUpperCase()}\n`,
    `${body}\n-----END RSA PRIVATE KEY-----\n`,
  ].join('\n');
}
writeFileSync(at('chance.pem'), openedByChance('x'));

const settings = (given: Partial<TlsSettings> = {}): TlsSettings => ({
  ...{ ca: '', cert: '', key: '', serverName: '', minVersion: 'TLSv1.3' },
  passphrase: { current: '' },
  ...given,
});

describe('the files of certificates', () => {
  it('are taken as they are meant, encrypted keys with their passphrase', () => {
    for (const given of [
      {},
      { ca: authority.cert },
      { ca: authority.cert, cert: first.cert, key: first.key },
      { cert: locked.cert, key: locked.key, passphrase: { current: 'open sesame' } },
    ])
      checkTlsFiles(settings(given));
  });

  const expired = authority.issue('expired', { days: -1 });
  for (const [what, given, file, why] of [
    ['a file that is not there', { ca: at('none.pem') }, 'ca', /ENOENT/],
    ['an empty file', { ca: at('empty.pem') }, 'ca', /it is empty/],
    ['a file without a certificate', { ca: first.key }, 'ca', /no certificate in it/],
    ['what is no certificate', { ca: at('broken.pem') }, 'ca', /./],
    ['a certificate for a key', { cert: first.cert, key: first.cert }, 'key', /./],
    ['the key of another certificate', { cert: first.cert, key: second.key }, 'key', /of another one/],
    ['an expired certificate', { cert: expired.cert, key: expired.key }, 'cert', /expired on/],
    ['an encrypted key alone', { cert: locked.cert, key: locked.key }, 'passphrase', /there is none/],
    [
      'a wrong passphrase',
      { cert: locked.cert, key: locked.key, passphrase: { current: 'x' } },
      'passphrase',
      /does not open/,
    ],
    [
      'a wrong passphrase that opens something',
      { cert: locked.cert, key: at('chance.pem'), passphrase: { current: 'x' } },
      'passphrase',
      /does not open/,
    ],
  ] as const)
    it(`are refused: ${what}`, () => {
      assert.throws(
        () => checkTlsFiles(settings(given)),
        (error) => error instanceof TlsFileError && error.file === file && why.test(error.message),
      );
    });
});

describe('new connections', () => {
  it('use what the files hold when they are made, and what they held before where that is not fit', async () => {
    const server = await TlsServer.start({ server: authority.issue('server'), clientCa: authority.cert });
    const [cert, key] = [at('live.pem'), at('live.key')];
    const put = (from: { cert: string; key: string }) => {
      copyFileSync(from.cert, cert);
      copyFileSync(from.key, key);
    };
    put(first);
    const said: string[] = [];
    const log = { info: (line: string) => said.push(line), warn: (line: string) => said.push(`! ${line}`) };
    const material = new TlsMaterial(settings({ ca: authority.cert, cert, key }), log);
    const live = material.liveOptions('127.0.0.1');
    const name = () => peerName(server, live);
    assert.equal(await name(), 'first');
    assert.deepEqual(said, []);
    // The key follows later.
    copyFileSync(second.cert, cert);
    assert.deepEqual([await name(), await name()], ['first', 'first']);
    assert.match(said.join('\n'), /^! keeping the certificates that .*live.pem.* held before: [^\n]*$/);
    put(second);
    assert.equal(await name(), 'second');
    assert.match(said.at(-1) ?? '', /^new connections use the certificates of .*live\.key$/);
    rmSync(cert);
    assert.equal(await name(), 'second');
    assert.equal(said.length, 3);
    server.close();
  });
});
