import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { archiveFlags } from '../../../../services/up/embedded/archive-flags.js';
import { classArchives } from '../../../../services/up/embedded/class-archives.js';

const PARTS = {
  kafka: '/parts/1/kafka',
  registry: '/parts/1/registry/registry.jar',
  redis: '/parts/1/redis',
};
const JAVA = `openjdk version "17.0.21" 2026-10-20
OpenJDK Runtime Environment (build 17.0.21+9)
OpenJDK 64-Bit Server VM (build 17.0.21+9, mixed mode, sharing)
`;

describe('archives of classes', () => {
  it('are others for another Java, and not for what it says besides', () => {
    const archives = classArchives(PARTS, JAVA);
    assert.match(archives.kafka, /^\/parts\/1\/kafka-[0-9a-f]{8}\.jsa$/);
    assert.match(archives.registry, /^\/parts\/1\/registry-[0-9a-f]{8}\.jsa$/);
    const noted = `NOTE: Picked up JDK_JAVA_OPTIONS: -Xmx1g\n${JAVA}`;
    assert.deepEqual(classArchives(PARTS, noted), archives);
    assert.notDeepEqual(classArchives(PARTS, JAVA.replaceAll('17.0.21+9', '17.0.22+1')), archives);
  });

  it('are used when they are there and not empty, as one that Java could not make', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tactus-archive-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const archive = join(folder, 'kafka.jsa');
    assert.deepEqual(archiveFlags(null), []);
    assert.deepEqual(archiveFlags(archive), []);
    writeFileSync(archive, '');
    assert.deepEqual(archiveFlags(archive), []);
    writeFileSync(archive, 'classes');
    assert.deepEqual(archiveFlags(archive), [`-XX:SharedArchiveFile=${archive}`]);
  });
});
