import type { Operations, Silence } from '../../api/operations.js';

/** In place of a length: it ends when it did. */
export const AS_IT_IS = '';

interface SilenceForm {
  readonly matchers: readonly string[];
  readonly lasting: string;
  /** In ms since the epoch; null where none is named. */
  readonly startsAt: number | null;
  readonly isAll: boolean;
}

/** What a form asks for, but for the comment. @param changed the silence that it is about, unless it makes one */
export function silenceBody(
  { matchers, lasting, startsAt, isAll }: SilenceForm,
  changed?: Pick<Silence, 'startsAt' | 'endsAt' | 'active'>,
): Operations['POST /silences']['body'] {
  // One that starts later goes on to do so.
  const later = changed?.active === false ? changed.startsAt : null;
  const from = startsAt === null ? later : new Date(startsAt).toISOString();
  return {
    matchers: [...matchers],
    ...(lasting === AS_IT_IS && changed !== undefined ? { endsAt: changed.endsAt } : { for: lasting }),
    ...(from !== null && { startsAt: from }),
    ...(isAll && { all: true }),
  };
}
