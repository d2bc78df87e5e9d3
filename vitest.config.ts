import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    reporters: process.env.TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]]
      : ['default'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'functions/**/*.ts'],
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
