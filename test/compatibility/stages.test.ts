import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGroup, saveGroup } from '../../services/anomaly/joint-entry.js';
import { loadEntry, saveEntry } from '../../services/anomaly/series-entry.js';
import { ensemble } from '../../shared/detection/ensemble.js';
import { alike } from './alike.js';
import { FORMATS, PRESENT, readFixture } from './fixtures.js';
import { commit, type Fixture, goOn, type Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';

describe('the state of a stage', () => {
  for (const scenario of SCENARIOS) {
    for (const format of FORMATS)
      it(`is read back: ${scenario.name}, as format ${format} has it`, () => {
        const { after, ...committed } = readFixture<Fixture>(format, scenario.name);
        const { outputs, changes } = goOn(scenario, committed);
        assert.ok(outputs.length > 0);
        const lasting = format === PRESENT ? undefined : scenario.lasting;
        alike(lasting ? outputs.map(lasting) : outputs, lasting ? after.outputs.map(lasting) : after.outputs);
        if (format === PRESENT) alike(entries(scenario, changes), entries(scenario, after.changes));
      });

    it(`is written as before: ${scenario.name}`, () => {
      const { after: _, ...pinned } = readFixture<Fixture>(PRESENT, scenario.name);
      const { checkpoint, changelog, before } = commit(scenario);
      assert.deepEqual(checkpoint, pinned.checkpoint);
      alike(before, pinned.before);
      alike(entries(scenario, changelog), entries(scenario, pinned.changelog));
    });
  }

  it('is saved byte by byte as it was read, figures of detectors included', () => {
    const detector = ensemble();
    for (const format of FORMATS)
      for (const [key, value] of readFixture<Fixture>(format, 'anomaly').changelog) {
        const bytes = Buffer.from(value ?? '', 'base64');
        const entry = key.startsWith('\u0001') ? null : loadEntry(bytes);
        const state = entry === null ? null : detector.load(entry.detectorState);
        const group = entry === null ? loadGroup(bytes) : null;
        const again =
          entry !== null && state !== null
            ? saveEntry({ ...entry, state }, detector)
            : group !== null && saveGroup(group);
        if (format === PRESENT) assert.deepEqual(again, bytes, key);
        else assert.ok(again, key);
      }
  });
});

/** Bytes; where figures may differ in the last bit, the keys and the first three bytes, the version among them. */
function entries({ inexact = false }: Scenario, changes: Fixture['changelog']): unknown {
  return inexact ? changes.map(([key, value]) => [key, value?.slice(0, 4) ?? null]) : changes;
}
