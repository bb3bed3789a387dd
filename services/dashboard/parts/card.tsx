import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface CardProps {
  readonly title: ComponentChildren;
  /** Beside the title. */
  readonly note?: ComponentChildren;
  /** At the end of the head. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A part of a page with a name. */
export function Card({ title, note, actions, children }: CardProps) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {note != null && <span class="card-note">{note}</span>}
        <span class="grow" />
        {actions}
      </header>
      <div class="card-body">{children}</div>
    </section>
  );
}
