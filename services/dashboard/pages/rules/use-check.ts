import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { Mistake } from '../../api/operations.js';
import { ApiProblem } from '../../api/problem.js';

/** After the last letter. */
const SETTLED_MS = 350;

interface Checked {
  readonly mistakes: readonly Mistake[];
  /** Names of which nothing was seen. */
  readonly warnings: readonly string[];
}

/** What is wrong with a rules file, as it is written; null while that is not known. */
export function useCheck(file: string): Checked | null {
  const [checked, setChecked] = useState<Checked | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { mistakes, warnings } = await call('POST /rules/check', {
          query: {},
          body: { rules: file, seen: true },
          signal: gone.signal,
        });
        setChecked({ mistakes, warnings });
      } catch (error) {
        // What cannot be asked now is asked again with the next letter, and when the rule is saved.
        if (!gone.signal.aborted)
          setChecked(
            error instanceof ApiProblem
              ? { mistakes: [{ line: null, column: null, key: '', message: error.message }], warnings: [] }
              : null,
          );
      }
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [file]);
  return checked;
}
