// Builds the pages into dist/, which the collector serves; `vite` alone serves them for
// development, with a collector on its default port behind them.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const COLLECTOR = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    // The pages' content security policy allows data: for images alone.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/api': COLLECTOR,
      '/healthz': COLLECTOR,
      '/readyz': COLLECTOR,
    },
  },
});
