const followers = new WeakMap<Element, (isVisible: boolean) => void>();
let observer: IntersectionObserver | null = null;

/** Says whether an element is, or is about to be, in view. @returns what ends it */
export function followVisible(element: Element, follower: (isVisible: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) followers.get(target)?.(isIntersecting);
    },
    { rootMargin: '100px' },
  );
  const own = observer;
  // What is in view at first need not wait until the observer has seen it.
  const { top, bottom } = element.getBoundingClientRect();
  if (bottom > 0 && top < window.innerHeight) follower(true);
  followers.set(element, follower);
  own.observe(element);
  return () => own.unobserve(element);
}
