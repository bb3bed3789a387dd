import { useEffect, useState } from 'preact/hooks';
import { call } from '../../api/call.js';
import type { Mistake } from '../../api/operations.js';
import { ApiProblem } from '../../api/problem.js';

/** After the last letter. */
const SETTLED_MS = 350;

/** What is wrong with a rules file, as it is written; null while that is not known. */
export function useCheck(file: string): readonly Mistake[] | null {
  const [mistakes, setMistakes] = useState<readonly Mistake[] | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { mistakes: found } = await call('POST /rules/check', {
          query: {},
          body: { rules: file },
          signal: gone.signal,
        });
        setMistakes(found);
      } catch (error) {
        // What cannot be asked now is asked again with the next letter, and when the rule is saved.
        if (!gone.signal.aborted)
          setMistakes(
            error instanceof ApiProblem
              ? [{ line: null, column: null, key: '', message: error.message }]
              : null,
          );
      }
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [file]);
  return mistakes;
}
