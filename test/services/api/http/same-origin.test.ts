import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireSameOrigin } from '../../../../services/api/http/same-origin.js';

const HOST = 'tactus.example:8090';

describe('what a page has a browser send', () => {
  const check = (headers: object) =>
    requireSameOrigin({ host: HOST, ...headers }, ['https://grafana.example']);

  it('is taken from its own origin, from one that is allowed, and from what is no browser', () => {
    for (const headers of [
      {},
      { origin: `http://${HOST}` },
      { origin: 'https://grafana.example', 'sec-fetch-site': 'cross-site' },
      // A proxy that has another name to the browser.
      { origin: 'https://outside.example', 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ])
      assert.doesNotThrow(() => check(headers), JSON.stringify(headers));
  });

  it('is refused from any other, with what is allowed', () => {
    const sites = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://tactus.example:8091' },
      { origin: `http://${HOST}`, 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of sites)
      assert.throws(
        () => check(headers),
        {
          code: 'TACTUS_NOT_ALLOWED',
          message: /allowed are those of tactus\.example:8090, https:\/\/grafana/,
        },
        JSON.stringify(headers),
      );
  });
});
