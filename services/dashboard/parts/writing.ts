/** Fields in which a letter is none. */
const NO_TEXT = ['checkbox', 'radio', 'button', 'submit', 'range'];

/** Whether somebody writes, so that letters are letters. */
export function isWriting(event: KeyboardEvent): boolean {
  const field = (event.target as HTMLElement | null)?.closest?.('input, textarea, select, [contenteditable]');
  return field != null && !(field instanceof HTMLInputElement && NO_TEXT.includes(field.type));
}
