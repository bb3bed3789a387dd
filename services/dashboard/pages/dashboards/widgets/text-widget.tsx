import { piecesOf } from '../model/text-links.js';
import type { WidgetProps } from './widget-props.js';

/** A text as it was written, with its links. */
export function TextWidget({ component: { text = '' } }: WidgetProps) {
  return (
    <p class="text-widget">
      {piecesOf(text).map(({ text: piece, href }, i) =>
        href === null ? (
          piece
        ) : (
          <a key={i} href={href} target="_blank" rel="noreferrer">
            {piece}
          </a>
        ),
      )}
    </p>
  );
}
