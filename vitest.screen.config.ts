/** Specs that drive a real VS Code on screen, one after the other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'screen',
    include: ['test/vscode/screen/**/*.spec.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    // A window that VS Code is just drawing anew can be missed; a test that needed its second try is printed as such.
    retry: 1,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
