import { defineConfig } from 'vitest/config';

/** The built library, as users run it: what is transformed for tests is slower. */
export default defineConfig({
  test: {
    include: ['test/bench/*.test.ts'],
    testTimeout: 3_600_000,
    pool: 'forks',
    execArgv: ['--max-old-space-size=8192'],
    server: { deps: { external: [/\/dist\//] } },
  },
});
