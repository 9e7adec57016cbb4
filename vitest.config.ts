/** Unit tests beside their files, and the conformance suite against the embedded server. */
import { defineConfig } from 'vitest/config';

const rooms =
  '{schema,standalone,language-server,webviews,extension,scripts,syntaxes,test/bench,test/support,test/long}';

export default defineConfig({
  test: {
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    projects: [
      {
        oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
        test: { name: 'unit', include: [`${rooms}/**/*.test.{ts,tsx}`], testTimeout: 20_000 },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
