/** Ctrl Z undoes, Ctrl Y and Ctrl Shift Z redo; in a field they are the field's own. */
export function followUndo(does: { readonly undo: () => void; readonly redo: () => void }): () => void {
  const listener = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    const target = event.target as Element | null;
    if (target?.closest?.('input, textarea, select, dialog') != null) return;
    event.preventDefault();
    if (key === 'z' && !event.shiftKey) does.undo();
    else does.redo();
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
