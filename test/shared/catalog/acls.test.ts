import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WORKERS } from '../../../services/cli/program/workers.js';
import { aclsOf, WORKERS_WITH_ACLS } from '../../../shared/catalog/acls.js';
import { loadTopics } from '../../../shared/catalog/topics.js';

describe('the ACLs of workers', () => {
  it('are there for every worker, and for none that there is not', () => {
    assert.deepEqual([...WORKERS_WITH_ACLS].sort(), WORKERS.map(({ name }) => name).sort());
    assert.deepEqual(aclsOf('nobody'), []);
  });

  it('let a worker read and write the topics whose declarations name it, and no others', () => {
    for (const worker of WORKERS_WITH_ACLS) {
      const names = (operation: string) =>
        aclsOf(worker)
          .filter((acl) => acl.resource === 'topic' && acl.operation === operation)
          .map(({ name }) => name);
      const declared = (users: 'readBy' | 'writtenBy') =>
        [...loadTopics().values()].filter((topic) => topic[users].includes(worker)).map(({ name }) => name);
      assert.deepEqual(names('read'), declared('readBy'));
      assert.deepEqual(names('write'), declared('writtenBy'));
    }
  });

  it('have nothing twice, and no right that another one includes', () => {
    for (const worker of WORKERS_WITH_ACLS) {
      const acls = aclsOf(worker);
      const keys = acls.map(({ resource, name, operation }) => `${resource} ${name} ${operation}`);
      assert.equal(new Set(keys).size, keys.length);
      for (const { resource, name, operation } of acls)
        if (operation === 'describe')
          for (const other of ['read', 'write'])
            assert.ok(!keys.includes(`${resource} ${name} ${other}`), `${worker}: ${name}`);
    }
  });
});
