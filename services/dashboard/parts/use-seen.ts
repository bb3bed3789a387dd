import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Whether an element, which is given the reference, has been in view. */
export function useSeen(): { readonly element: RefObject<HTMLDivElement | null>; readonly isSeen: boolean } {
  const element = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(element.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  return { element, isSeen };
}
