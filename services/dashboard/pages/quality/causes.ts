import type { Answer } from '../../api/call.js';
import type { Tone } from '../../parts/tone.js';

export type Quality = Answer<'GET /quality'>;
export type WindowQuality = Quality['windows'][number];
export type Step = WindowQuality['steps'][number];
export type Differing = Answer<'GET /quality/windows'>['items'][number];
export type Cause = Differing['cause'];

export interface CauseText {
  readonly name: string;
  readonly tone: Tone;
  readonly means: string;
  readonly todo: string;
}

/** The gravest first. */
export const CAUSES: readonly Cause[] = ['missing', 'duplicated', 'wrong', 'refused', 'late'];

/** What each cause means to people, and what they can do. */
export const CAUSE_TEXTS: Readonly<Record<Cause, CauseText>> = {
  missing: {
    name: 'missing',
    tone: 'bad',
    means: 'The window lacks stored points that were in time, or was never written.',
    todo: 'Look whether windowing ran then, and at the dead letters. It is a fault of ours: report it with the records below.',
  },
  duplicated: {
    name: 'duplicated',
    tone: 'bad',
    means: 'The window counts more points than are stored.',
    todo: 'Points may have been deleted since, or their retention has ended. Otherwise report it with the records below.',
  },
  wrong: {
    name: 'wrong',
    tone: 'bad',
    means: 'The number of points is right, but another figure is not, or no points are stored at all.',
    todo: 'Compare the figures below. Points that were changed in the database explain it; otherwise report it.',
  },
  refused: {
    name: 'no room',
    tone: 'warn',
    means: 'The window does not say how many members it has, because windowing had no room for more of them.',
    todo: 'Count fewer distinct members with this metric, or give windowing more room.',
  },
  late: {
    name: 'late',
    tone: 'warn',
    means:
      'The window lacks points that arrived after it was closed. The roll-ups and corrections have them.',
    todo: 'Send sooner, or set a longer grace for this window where this is usual.',
  },
};
