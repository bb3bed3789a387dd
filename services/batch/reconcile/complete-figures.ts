import type { WindowDefinition } from '../../../shared/windows/definition.js';
import { withIncreases } from './counter-figures.js';
import type { WindowFigures } from './figures.js';
import type { KeyedFigures } from './keys-sql.js';
import { withMembers } from './member-figures.js';
import type { ComparisonContext } from './recheck.js';

/** Adds what cannot be read together with the other figures: increases and members. */
export async function completeFigures(
  { pool, counters }: Pick<ComparisonContext, 'pool' | 'counters'>,
  definition: WindowDefinition,
  windows: readonly KeyedFigures[],
): Promise<WindowFigures[]> {
  const figures = await withIncreases(pool, definition, counters, windows);
  return await withMembers(
    pool,
    definition,
    windows.map(({ key, end }, i) => ({ key, end, figures: figures[i] as WindowFigures })),
  );
}
