/** Specs that drive a real VS Code on screen, one after the other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'screen',
    include: ['test/vscode/screen/**/*.spec.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
