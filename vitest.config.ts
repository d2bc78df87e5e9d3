import { defineConfig } from 'vitest/config'
import { skippedReporter } from './scripts/skipped-reporter.ts'

const outputFile = process.env.TEST_REPORT
const report: ['json', { outputFile: string }][] = outputFile ? [['json', { outputFile }]] : []

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Of two processors it would take one alone; many tests wait for programs that they have started.
    maxWorkers: '100%',
    // Against tests that hang, not slow ones: the slowest takes 9 s on two idle processors, and may have neighbours.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A test that has expected nothing cannot fail: one that asserts in a loop that never runs, for instance.
    expect: { poll: { timeout: 120_000 }, requireAssertions: true },
    reporters: ['default', ...report, skippedReporter()],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'functions/**/*.ts'],
      // What needs a browser is tested in one, by `npm run test:page`.
      exclude: ['src/page/view/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        lines: 90,
        branches: 90,
        functions: 90,
        statements: 90,
        'src/vector/**': { lines: 100, branches: 100, functions: 100, statements: 100 },
        'src/ranking/**': { lines: 100, branches: 100, functions: 100, statements: 100 },
        'src/formats/**': { lines: 100, branches: 100, functions: 100, statements: 100 },
      },
    },
  },
})
