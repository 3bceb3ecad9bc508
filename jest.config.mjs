/**
 * Four kinds of tests, told apart by their file names. `npm test` runs all of them; `npm test -- --selectProjects
 * integration` runs one kind.
 *
 * - unit: x.test.ts. Starts no process and opens no socket; floors.test.ts holds them to it.
 * - integration: x.integration.test.ts. Real Redis, nginx, LevelDB and several nodes.
 * - browser: x.browser.test.ts. The page in Chromium.
 * - slow: x.slow.test.ts. Longer than a minute each: load, faults and limits with their real time-outs.
 */
const kinds = {
  unit: {
    testPathIgnorePatterns: ['\\.(integration|browser|slow)\\.test\\.tsx?$'],
    testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  },
  integration: { testMatch: ['**/*.integration.test.ts'] },
  browser: { testMatch: ['**/*.browser.test.ts'] },
  slow: { testMatch: ['**/*.slow.test.ts'] },
}

const shared = {
  testEnvironment: 'node',
  roots: ['protocol', 'server', 'client', 'loadtest', 'nginx'].map((folder) => `<rootDir>/${folder}`),
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx: true } }, module: { type: 'es6' } },
    ],
  },
}

export default {
  projects: Object.entries(kinds).map(([displayName, kind]) => ({ displayName, ...shared, ...kind })),
  // Most of the time is spent waiting for other processes, so there are more workers than cores.
  maxWorkers: 3,
  testTimeout: 60_000,
}
