/** Blocks that test/docs/blocks.test.ts does not run, by their page and first line, and why. */
export const NOT_RUN: readonly { page: string; firstLine: string; why: string }[] = [
  ...['npx phota-mock explain recording.har', 'npx phota-mock explain client.har receiver.har'].map((firstLine) => ({
    page: 'docs/explain.md',
    firstLine,
    why: 'needs recordings; test/explain/ has some',
  })),
  {
    page: 'docs/proxy.md',
    firstLine: 'npx phota-mock proxy https://api.photalabs.com --har recording.har --spend-limit 2.00',
    why: 'asks the real API; test/explain/proxy.test.ts has others',
  },
  {
    page: 'README.md',
    firstLine: 'npm install --save-dev phota-mock vitest msw',
    why: 'asks the registry; npm run check:package installs the tarball',
  },
  {
    page: 'docs/benchmarks.md',
    firstLine: 'npm run bench                                # all of it, in a quarter of an hour; writes this page',
    why: 'takes a quarter of an hour',
  },
  {
    page: 'docs/compatibility.md',
    firstLine: "const { Phota } = require('phota-mock')",
    why: 'needs the built package and jest; npm run check:matrix runs the like',
  },
  {
    page: 'docs/compatibility.md',
    firstLine: 'NODE_OPTIONS=--experimental-vm-modules npx jest',
    why: 'needs jest; npm run check:matrix runs it',
  },
  {
    page: 'docs/compatibility.md',
    firstLine: "import { Phota } from 'phota-mock'",
    why: 'needs undici outside of vitest; npm run check:matrix runs the like',
  },
  {
    page: 'docs/docker.md',
    firstLine: 'docker build -t phota-mock .',
    why: 'needs a Docker engine; npm run check:docker runs the lines of the Dockerfile',
  },
  {
    page: 'docs/docker.md',
    firstLine: "import { GenericContainer, Wait } from 'testcontainers'",
    why: 'needs a Docker engine',
  },
  ...['- id: mock', '- run: ./start-my-implementation &'].map((firstLine) => ({
    page: 'docs/docker.md',
    firstLine,
    why: 'needs GitHub; test/docker runs the steps of action.yml',
  })),
  {
    page: 'docs/grade.md',
    firstLine: '- uses: OWNER/phota-mock@v0',
    why: 'needs GitHub; test/docker runs the steps of action.yml',
  },
  {
    page: 'docs/reliability.md',
    firstLine: 'npm run torture -- --size short                       # every part, for CI',
    why: 'takes an hour; CI runs its first line',
  },
  {
    page: 'docs/server.md',
    firstLine:
      'sh node_modules/phota-mock/examples/scale-out/serve.sh 4   # four servers; the address stays ' +
      'http://127.0.0.1:4010',
    why: 'needs nginx; test/examples/scale-out.test.ts runs it where there is one',
  },
  {
    page: 'docs/staging.md',
    firstLine: 'npm install --prefix /opt/phota-mock --omit=peer phota-mock',
    why: 'changes the machine; test/examples/staging.test.ts runs the command of the unit behind the site',
  },
  {
    page: 'docs/staging.md',
    firstLine: 'docker build -t phota-mock .',
    why: 'needs a Docker engine; test/examples/staging.test.ts starts a server as compose.yaml has it',
  },
  {
    page: 'docs/staging.md',
    firstLine: 'cd /opt/phota-mock',
    why: 'changes the machine; test/storage tries migrations',
  },
  {
    page: 'docs/verify.md',
    firstLine:
      'npx phota-mock verify https://api.photalabs.com --key $PHOTA_KEY --depth quick --max-spend 3 --report out',
    why: 'spends money at the real service',
  },
  {
    page: 'docs/verify.md',
    firstLine: 'phota-mock verify https://api.photalabs.com --resume out/ticket.json --key … --other-key …',
    why: 'needs a ticket of yesterday; test/verify has tickets of its own',
  },
  {
    page: 'docs/verify.md',
    firstLine: '$ PHOTA_KEY=… PHOTA_OTHER_KEY=… sh out/again/poll.scoped.sh',
    why: 'shows what a broken implementation got; test/verify runs such scripts',
  },
  ...['// lighthouse.spec.js', '// lighthouse.test.cjs'].map((firstLine) => ({
    page: 'docs/recipes.md',
    firstLine,
    why: 'needs the built package and its runner; npm run check:package runs it',
  })),
  ...['// playwright.config.ts', '// global-setup.ts', '// phota.ts', '// lighthouse.spec.ts'].map((firstLine) => ({
    page: 'docs/recipes.md',
    firstLine,
    why: 'needs the built package and Playwright; npm run check:package runs it',
  })),
]
