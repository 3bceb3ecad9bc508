import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { precompress } from './precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** The chat, the cluster dashboard and the demo pages of the plain-WebSocket dialects. */
const PAGES = [
  'index.html',
  'cluster.html',
  ...['text', 'json', 'events', 'strangers'].map((dialect) => `dialects/${dialect}.html`),
]
const node = process.env.HUBBUB_URL ?? 'http://localhost:8080'

export default defineConfig({
  root: here('.'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [precompress],
  build: {
    outDir: here('../../dist/page'),
    emptyOutDir: true,
    rolldownOptions: { input: PAGES.map(here) },
    // The Content-Security-Policy forbids inline scripts, and data: URLs except for images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/socket.io': { target: node, ws: true }, '/auth': node } },
})
