import type { ComponentChildren } from 'preact';
import { Mark } from '../parts/icon.js';

/** All that is shown to who is not logged in. */
export function LoginCard({ children }: { readonly children: ComponentChildren }) {
  return (
    <main class="login">
      <div class="card login-card">
        <span class="brand">
          <Mark /> Tactus
        </span>
        {children}
      </div>
    </main>
  );
}
