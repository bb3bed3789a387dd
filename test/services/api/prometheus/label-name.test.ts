import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelNamed } from '../../../../services/api/prometheus/label-name.js';

describe('the name of a label in a path', () => {
  it('may be escaped, as Grafana does with what is no name to Prometheus 2', () => {
    const names = {
      host: 'host',
      'host.name': 'host.name',
      U__host_2e_name: 'host.name',
      'U__a__b_2d_c:d': 'a_b-c:d',
      U___2603__1f600_: '☃😀',
      U__: '',
    };
    for (const [escaped, name] of Object.entries(names)) assert.equal(labelNamed(escaped), name, escaped);
  });

  it('is what it is where it is wrongly escaped', () => {
    for (const name of ['U__a_b', 'U___110000_', 'U___d800_', 'U__a_', 'u__a_2e_b', 'U__a_2e'])
      assert.equal(labelNamed(name), name);
  });
});
