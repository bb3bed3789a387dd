import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { MAX_TEXT } from '../../../../shared/admission/policy.js';
import { LocalGateway } from '../../../support/local-gateway.js';

const METRICS = '/api/v1/metrics';
const EVENTS = '/api/v1/events';
const HALF = '\\ud800';

describe('what could be taken for something else', () => {
  let gateway: LocalGateway;
  before(async () => {
    gateway = await LocalGateway.start();
  });
  after(async () => {
    await gateway.stop();
  });
  beforeEach(() => {
    gateway.records.length = 0;
  });

  /** Sends what has to be refused, and gives the reason of its first item. */
  async function refusal(path: string, body: string): Promise<string> {
    const { status, text } = await gateway.post(path, body);
    assert.equal(status, 400, body);
    assert.equal(gateway.records.length, 0);
    const { rejected } = JSON.parse(text) as { rejected: { code: string; message: string }[] };
    return `${rejected[0]?.code}: ${rejected[0]?.message}`;
  }

  it('is refused where half of a character would make the record unreadable', async () => {
    for (const [path, body, field] of [
      [METRICS, `{"metric":"a${HALF}","value":1}`, 'metric'],
      [METRICS, `{"metric":"a","value":1,"tags":{"${HALF}":"x"}}`, 'tags'],
      [METRICS, `{"metric":"a","value":1,"tags":{"t":"${HALF}x"}}`, 'tags.t'],
      [METRICS, `{"metric":"a","value":1,"id":"${HALF}"}`, 'id'],
      [METRICS, `{"metric":"a","value":1,"unit":"${HALF}"}`, 'unit'],
      [EVENTS, `{"type":"t","subjectId":"${HALF}"}`, 'subjectId'],
      [EVENTS, `{"type":"t","attributes":{"a":"${HALF}"}}`, 'attributes.a'],
      [EVENTS, `{"type":"t","attributes":{"${HALF}":1}}`, 'attributes'],
    ] as const)
      assert.match(
        await refusal(path, body),
        new RegExp(`^TACTUS_FIELD_BAD_CHARACTER: ${field} is .*without unpaired surrogates`),
      );
  });

  it('is cut between characters in a log, so that it can be read', async () => {
    const body = `${'x'.repeat(MAX_TEXT - 2)}\u{1f600}${'y'.repeat(10)}`;
    const logRecords = [{ body: { stringValue: body } }];
    const answer = await gateway.post(
      '/v1/logs',
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    );
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    assert.equal(gateway.events[0]?.attributes.body, `${'x'.repeat(MAX_TEXT - 2)}\ufffd…`);
  });

  it('is refused where a number that names something has lost its last digits', async () => {
    for (const [path, body, field] of [
      [METRICS, '{"metric":"a","value":1,"id":9007199254740993}', 'id'],
      [METRICS, '{"metric":"a","value":1,"tags":{"user":9007199254740993}}', 'tags.user'],
      [EVENTS, '{"type":"t","subjectId":9007199254740993}', 'subjectId'],
      ['/v1/track', '{"event":"t","userId":9007199254740993}', 'userId'],
    ] as const)
      assert.match(
        await refusal(path, body),
        new RegExp(`${field} is 9007199254740992; allowed is text, or a number of at most 9007199254740991`),
      );
    const { status } = await gateway.post(METRICS, '{"metric":"a","value":9007199254740993,"id":5}');
    assert.deepEqual([status, gateway.points[0]?.id], [200, '5']);
  });

  it('is refused with two names that differ; null is the same as nothing', async () => {
    assert.match(
      await refusal(METRICS, '{"name":"a","metric":"b","value":1}'),
      /name is "a"; allowed is the same as metric/,
    );
    assert.match(await refusal(METRICS, '{"value":1}'), /metric is missing; allowed is text/);
    const both = '[{"name":"a","metric":"a","value":1},{"name":"a","metric":null,"kind":null,"value":1}]';
    assert.equal((await gateway.post(METRICS, both)).status, 200);
    assert.deepEqual(
      gateway.points.map(({ metric, kind }) => [metric, kind]),
      [
        ['a', 'gauge'],
        ['a', 'gauge'],
      ],
    );
  });

  it('is refused as the one item that it is where it is nested too deep, and the others are taken', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const [path, good, bad] of [
      [METRICS, '{"metric":"a","value":1}', `{"metric":"a","value":${deep}}`],
      [METRICS, '{"metric":"a","value":1}', deep],
      [EVENTS, '{"type":"t"}', `{"type":"t","attributes":{"a":${deep}}}`],
    ] as const) {
      const { status, text } = await gateway.post(path, `[${good},${bad}]`);
      assert.equal(status, 200, text);
      assert.match(
        text,
        /^\{"accepted":1,.*"index":1,"code":"TACTUS_FIELD_INVALID".* is nested too deep; allowed is /,
      );
    }
  });

  it('is lines where blank ones are in front and the type says nothing of lines', async () => {
    const { status } = await gateway.post(
      METRICS,
      '\r\n \n{"metric":"a","value":1}\r\n{"metric":"b","value":2}\r\n',
    );
    assert.deepEqual([status, gateway.points.map(({ metric }) => metric)], [200, ['a', 'b']]);
  });

  it('is a CloudEvent whose headers are quoted or in UTF-8, and whose data are bytes', async () => {
    const headers = {
      ...{ 'content-type': 'application/octet-stream', 'ce-specversion': '1.0', 'ce-id': '1' },
      ...{ 'ce-source': '/s', 'ce-type': 't', 'ce-subject': '"a \\"b\\" %E2%82%AC"' },
      'ce-city': Buffer.from('Köln', 'utf8').toString('latin1'),
    };
    const { status } = await gateway.post(EVENTS, Buffer.of(0xff, 0xfe, 1), headers);
    assert.equal(status, 200);
    const [event] = gateway.events;
    assert.equal(event?.subjectId, 'a "b" €');
    assert.deepEqual({ ...event?.attributes }, { source: '/s', city: 'Köln', data_base64: '//4B' });
  });

  it("is Segment's group and alias with whom they name", async () => {
    const batch = [
      { type: 'group', userId: 'u', groupId: 'g', traits: { plan: 'free' } },
      { type: 'alias', userId: 'u', previousId: 'old' },
    ];
    assert.equal((await gateway.post('/v1/batch', JSON.stringify({ batch }))).status, 200);
    assert.deepEqual(
      gateway.events.map(({ type, attributes }) => [type, { ...attributes }]),
      [
        ['group', { groupId: 'g', plan: 'free' }],
        ['alias', { previousId: 'old' }],
      ],
    );
  });

  it('is answered 405 where only the method is another, in the form of the path', async () => {
    const ask = (method: string, path: string) =>
      new Promise<readonly [number | undefined, string | undefined, string]>((resolve, reject) => {
        request({ host: '127.0.0.1', port: gateway.port, method, path, agent: false }, (response) => {
          let text = '';
          response.on('data', (part) => {
            text += part;
          });
          response.once('end', () => resolve([response.statusCode, response.headers.allow, text]));
        })
          .once('error', reject)
          .end();
      });
    const [status, allow, text] = await ask('GET', METRICS);
    assert.deepEqual([status, allow], [405, 'POST']);
    const { status: inBody, detail } = JSON.parse(text) as { status: number; detail: string };
    assert.deepEqual([inBody, detail], [405, 'there is no GET "/api/v1/metrics"; allowed are POST']);
    assert.match((await ask('GET', '/api/v2/write'))[2], /^\{"code":"method not allowed","message":/);
    assert.match((await ask('GET', '/api/v1/write'))[2], /^TACTUS_PATH_UNKNOWN: there is no GET/);
    assert.deepEqual((await ask('POST', '/ping')).slice(0, 2), [405, 'GET, HEAD']);
    // As InfluxDB's documentation has it: curl -I.
    assert.deepEqual(await ask('HEAD', '/ping'), [204, undefined, '']);
    assert.equal((await ask('GET', '/'))[0], 404);
  });
});
