import { defineConfig } from 'vitest/config';

/** `npm run test:viewer`: a browser is slow, and the viewer's libraries are installed on demand. */
export default defineConfig({
  test: {
    include: ['grafana/test/in-browser/*.test.ts'],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
