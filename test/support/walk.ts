import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../shared/files/package-root.js';

/** Files of the build whose functions ran while `work` did, without their ending, by V8's precise coverage. */
export async function filesRunBy(work: () => unknown): Promise<string[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    // Begins at zero: what ran before does not count.
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await work();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url, functions }) => url.startsWith('file:') && functions.some(ran))
      .map(({ url }) =>
        relative(packageRoot(), fileURLToPath(url))
          .replace(/^dist\//, '')
          .replace(/\.js$/, ''),
      )
      .filter((file) => /^(services|shared|schemas|topics)\//.test(file))
      .sort();
  } finally {
    session.disconnect();
  }
}

function ran({ ranges }: { ranges: readonly { count: number }[] }): boolean {
  return ranges.some(({ count }) => count > 0);
}
