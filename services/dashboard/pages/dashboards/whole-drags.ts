/** More than gridstack takes for a press that shakes, in px. */
const BEGIN_PX = 4;

/**
 * Has gridstack follow drags from where they begin to where they end. It takes the first movement of the pointer for the begin
 * alone, however far it went, and does not look where the button is let go; of a quick drag there is hardly more than that. So
 * the first movement comes to it in two, and the place of the end as a movement more.
 *
 * @returns what ends it
 */
export function makeDragsWhole(grid: HTMLElement): () => void {
  const gone = new AbortController();
  const capture = { capture: true, signal: gone.signal };
  let begun: MouseEvent | null = null;
  let isMoving = false;
  let isOwn = false;
  const isFar = (event: MouseEvent) =>
    begun !== null &&
    Math.abs(event.clientX - begun.clientX) + Math.abs(event.clientY - begun.clientY) >= BEGIN_PX;
  const move = (event: MouseEvent, clientX: number, clientY: number) => {
    const { buttons, shiftKey, ctrlKey, altKey, metaKey } = event;
    const keys = { shiftKey, ctrlKey, altKey, metaKey };
    isOwn = true;
    event.target?.dispatchEvent(
      new MouseEvent('mousemove', { bubbles: true, view: window, clientX, clientY, buttons, ...keys }),
    );
    isOwn = false;
  };
  /** From the press, by so much that it is a drag. */
  const begin = (event: MouseEvent) => {
    if (isOwn || isMoving || begun === null || !isFar(event)) return;
    isMoving = true;
    move(event, begun.clientX + BEGIN_PX, begun.clientY);
  };
  grid.addEventListener(
    'mousedown',
    (event) => {
      begun = event.button === 0 ? event : null;
      isMoving = false;
    },
    capture,
  );
  // The window has them before the document, where gridstack listens.
  window.addEventListener('mousemove', begin, capture);
  window.addEventListener(
    'mouseup',
    (event) => {
      begin(event);
      if (isMoving) move(event, event.clientX, event.clientY);
      begun = null;
      isMoving = false;
    },
    capture,
  );
  return () => gone.abort();
}
