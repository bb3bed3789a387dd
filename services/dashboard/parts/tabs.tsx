/** Parts of a page, each with an address of its own. */
export function Tabs({
  name,
  items,
}: {
  readonly name: string;
  readonly items: readonly { readonly to: string; readonly text: string; readonly isCurrent: boolean }[];
}) {
  return (
    <nav class="tabs" aria-label={name}>
      {items.map(({ to, text, isCurrent }) => (
        <a key={to} href={to} {...(isCurrent && { 'aria-current': 'page' as const })}>
          {text}
        </a>
      ))}
    </nav>
  );
}
