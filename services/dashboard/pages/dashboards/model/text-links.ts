/** A piece of a text: plain, or a link. */
export interface Piece {
  readonly text: string;
  readonly href: string | null;
}

const LINK = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

/** Splits a text at the links in it; the pieces together are the text. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    if (!URL.canParse(match[0])) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null });
    pieces.push({ text: match[0], href: match[0] });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null });
  return pieces;
}
