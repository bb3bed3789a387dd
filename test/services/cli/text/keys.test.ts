import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keysText } from '../../../../services/cli/text/keys.js';
import { KeySecret } from '../../../../shared/security/key-secret.js';
import { keyRecord } from '../../control/records.js';

it('a forged key shows as one row, whatever its name is', () => {
  const secret = new KeySecret('of this installation, and of no other one');
  const key = { ...keyRecord(secret), name: 'x\nk7cwq2yn4m5x\tin force  *  admin' };
  const lines = keysText([{ key, state: 'forged' }]);
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /forged.*x\\nk7cwq2yn4m5x\\tin force/);
  assert.ok(lines.every((line) => !/[\n\t]/.test(line)));
});
