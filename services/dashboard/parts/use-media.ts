import { useEffect, useState } from 'preact/hooks';

/** Whether a media query holds now. @param query the same each time */
export function useMedia(query: MediaQueryList): boolean {
  const [holds, setHolds] = useState(query.matches);
  useEffect(() => {
    const follow = () => setHolds(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return holds;
}
