import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = join(import.meta.dirname, '../../dist/dashboard');
const TEXT = /\.(js|css|svg)$/;
/** Of an API that runs, for `vite services/dashboard`. */
const api = process.env.TACTUS_API_URL ?? 'http://127.0.0.1:8090';
/** It takes logins from pages of its own origin alone. */
const proxied = { target: api, changeOrigin: true, headers: { origin: api } };

/** Each text beside its compressed forms, so that none is compressed while somebody waits. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const assets = join(OUT, 'assets');
      for (const name of readdirSync(assets).filter((one) => TEXT.test(one))) {
        const text = readFileSync(join(assets, name));
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(text));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [compressed()],
  build: {
    outDir: OUT,
    // By it the API lets a browser fetch what a page is made of together with the page.
    manifest: 'manifest.json',
    rolldownOptions: {
      output: {
        // What most pages use comes in one file, instead of a dozen small ones.
        codeSplitting: {
          groups: [
            { name: 'shared', test: /dashboard\/(address|api|parts|time)\/|node_modules\/(@?preact)/ },
          ],
        },
      },
    },
    emptyOutDir: true,
    target: 'es2023',
    // A policy that allows nothing inline has no data: either.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      ...Object.fromEntries(['/api/v1', '/docs', '/openapi.json'].map((path) => [path, proxied])),
      '/ws': { ...proxied, ws: true },
    },
  },
});
