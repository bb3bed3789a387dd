import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { LoginError } from '../../../../../shared/adapters/kafka/security/login.js';
import { tokenInWords } from '../../../../../shared/adapters/kafka/security/token.js';
import { AskedTokens } from '../../../../../shared/adapters/kafka/security/tokens.js';
import { secureFetch } from '../../../../../shared/adapters/security/secure-fetch.js';
import { loadConfig } from '../../../../../shared/config/load.js';
import { redactor } from '../../../../../shared/config/secrets.js';
import { CLIENT_SECRET, TokenServer } from '../../../../support/secured/token-server.js';

const server = new TokenServer();
before(() => server.listen());
after(() => server.close());
beforeEach(() => {
  server.given.length = 0;
});

const config = (secret = CLIENT_SECRET, path = '/token') =>
  loadConfig({
    TACTUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
    TACTUS_KAFKA_OAUTH_TOKEN_URL: server.url + path,
    TACTUS_KAFKA_OAUTH_CLIENT_ID: 'a worker/1',
    TACTUS_KAFKA_OAUTH_CLIENT_SECRET: secret,
  });
const log = pino({ level: 'silent' });

describe('tokens that are asked for', () => {
  it('are used for four fifths of their time, and asked for once by those who need one at a time', async () => {
    let now = 1_000_000;
    const tokens = new AskedTokens(config(), log, secureFetch(null), { now: () => now });
    const [first, second] = await Promise.all([tokens.current(), tokens.current()]);
    assert.equal(first, second);
    now += 0.79 * server.lifetimeS * 1_000;
    assert.equal(await tokens.current(), first);
    assert.deepEqual(server.given, ['a worker/1']);
    now += 0.02 * server.lifetimeS * 1_000;
    await tokens.current();
    assert.equal(server.given.length, 2);
    assert.equal(redactor(config())(`Bearer ${first}`), 'Bearer ***');
  });

  it('are asked for anew once a broker has refused one', async () => {
    const tokens = new AskedTokens(config(), log, secureFetch(null));
    await tokens.current();
    tokens.refused();
    await tokens.current();
    assert.equal(server.given.length, 2);
  });

  it('are used to their end where no new one comes, unless a broker has refused them', async () => {
    let now = 1_000_000;
    let away = false;
    const ask = secureFetch(null);
    const fetch: typeof ask = async (...request) => {
      if (away) throw new Error('connect ECONNREFUSED');
      return await ask(...request);
    };
    const tokens = new AskedTokens(config(), log, fetch, { now: () => now });
    const first = await tokens.current();
    away = true;
    now += 0.99 * server.lifetimeS * 1_000;
    assert.equal(await tokens.current(), first);
    now += 0.02 * server.lifetimeS * 1_000;
    await assert.rejects(tokens.current(), /ECONNREFUSED/);
    away = false;
    await tokens.current();
    away = true;
    tokens.refused();
    await assert.rejects(tokens.current(), /ECONNREFUSED/);
  });

  it('are for people to correct where the client is refused, and come later where the server is away', async () => {
    const refused = new AskedTokens(config('no'), log, secureFetch(null));
    await assert.rejects(refused.current(), LoginError);
    const away = new TokenServer();
    await away.listen();
    const { url } = away;
    away.close();
    const gone = loadConfig({
      TACTUS_KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
      TACTUS_KAFKA_OAUTH_TOKEN_URL: url,
      TACTUS_KAFKA_OAUTH_CLIENT_ID: 'x',
      TACTUS_KAFKA_OAUTH_CLIENT_SECRET: 'y',
    });
    await assert.rejects(
      new AskedTokens(gone, log, secureFetch(null)).current(),
      (error: Error & { retriable?: boolean }) =>
        error.retriable === true && /ECONNREFUSED/.test(error.message),
    );
  });
});

describe('a token in words', () => {
  it('says whose it is, for whom and until when, and nothing that would let anybody in', () => {
    const now = Date.now();
    const token = server.sign({ sub: 'worker', exp: Math.floor(now / 1_000) + 60 });
    const words = tokenInWords(token, now);
    assert.match(
      words,
      /^issuer "https:\/\/issuer\.example", audience "kafka", subject "worker", expires in (?:59|60) s$/,
    );
    assert.equal(tokenInWords('opaque'), 'not a JSON Web Token');
  });
});
