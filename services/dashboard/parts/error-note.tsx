/** Why what somebody has asked for was not done; nothing while there is no error. */
export function ErrorNote({ error }: { readonly error: string | null }) {
  return error === null ? null : (
    <p class="note is-bad" role="alert">
      {error}
    </p>
  );
}
