/** What a cell installs, runs, and is expected to do. */
export interface Cell {
  readonly id: string
  /** The table that it stands in. */
  readonly group: string
  /** Its row: what is tried, and with what. */
  readonly what: string
  /** npm's specifiers, besides the package; cells with the same ones and the same `module` share a project. */
  readonly install: readonly string[]
  readonly module: 'esm' | 'commonjs'
  /** Of the npm package `node`; the newest 24 unless said otherwise. */
  readonly node?: string
  readonly env?: Readonly<Record<string, string>>
  /** The command, run in the project; `node` is the Node of the cell. */
  readonly run: readonly string[]
  /** Titles that must have ended, besides the dozen; `null` for a cell that runs no tests of the dozen. */
  readonly also: readonly string[] | null
  /** Why it is not supported: then the cell must fail. */
  readonly unsupported?: string
}

export const NODES = ['22.13.0', '22', '24', '26'] as const
const OPTIONS = 'options are heard'
const OWN_SERVER = 'an msw server of one’s own answers, too'
const BARE = [OPTIONS, 'a server of this process answers']

const VITEST = 'node_modules/vitest/vitest.mjs'
const vitestRun = (files: readonly string[], ...more: string[]): string[] => [
  'node',
  VITEST,
  'run',
  `--testTimeout=${TIMEOUT_MS}`,
  ...more,
  ...files,
]
const FIXTURE = ['fixture.test.js', 'own-server.test.js', 'readme.test.ts']
// A busy machine takes its time.
const TIMEOUT_MS = 60_000
const JEST = ['node_modules/jest/bin/jest.js', `--testTimeout=${TIMEOUT_MS}`] as const
const VM_MODULES = { NODE_OPTIONS: '--experimental-vm-modules' }

const vitests = ['3.2', '4.0', '4.1', '5'].flatMap((vitest): Cell[] =>
  ['2.10.0', '2.15', '3'].map((msw) => ({
    id: `vitest-${vitest}-msw-${msw}`,
    group: 'vitest and msw',
    what: `vitest ${vitest} · msw ${msw}`,
    install: [`vitest@${vitest === '5' ? '5' : `~${vitest}.0`}`, msw === '2.15' ? 'msw@~2.15.0' : `msw@${msw}`],
    module: 'esm',
    run: vitestRun(FIXTURE),
    also: [OPTIONS, OWN_SERVER],
  })),
)

const doms = ['jsdom', 'happy-dom'].flatMap((dom): Cell[] =>
  [
    ['3.2', '2.10.0'],
    ['5', '3'],
  ].map(([vitest = '', msw = '']) => ({
    id: `${dom}-vitest-${vitest}-msw-${msw}`,
    group: 'jsdom and happy-dom',
    what: `${dom} · vitest ${vitest} · msw ${msw}`,
    install: [`vitest@${vitest === '5' ? '5' : `~${vitest}.0`}`, `msw@${msw}`, 'jsdom', 'happy-dom'],
    module: 'esm',
    run: vitestRun(['fixture.test.js'], '--environment', dom),
    also: [OPTIONS],
  })),
)

const jests = [
  {
    id: 'jest-commonjs',
    what: 'jest 30 in CommonJS, as it comes: `phota.fetch`, `startServer`',
    install: ['jest@30'],
    module: 'commonjs',
    run: ['node', ...JEST, 'bare.test.js'],
    also: BARE,
  },
  {
    id: 'jest-commonjs-msw-2.10',
    what: 'jest 30 in CommonJS, as it comes · msw 2.10',
    install: ['jest@30', 'msw@2.10.0'],
    module: 'commonjs',
    run: ['node', ...JEST, 'msw.test.js'],
    also: [OPTIONS, OWN_SERVER],
  },
  {
    id: 'jest-commonjs-msw-3',
    what: 'jest 30 in CommonJS, as it comes · msw 2.12 and newer',
    install: ['jest@30', 'msw@3'],
    module: 'commonjs',
    run: ['node', ...JEST, 'msw.test.js'],
    also: [OPTIONS, OWN_SERVER],
    unsupported: 'msw, or what it depends on, is ES modules alone, which jest cannot `require` as it comes',
  },
  {
    id: 'jest-commonjs-flag-msw-3',
    what: 'jest 30 in CommonJS, `NODE_OPTIONS=--experimental-vm-modules` · msw 3',
    install: ['jest@30', 'msw@3'],
    module: 'commonjs',
    env: VM_MODULES,
    run: ['node', ...JEST, 'msw.test.js'],
    also: [OPTIONS, OWN_SERVER],
  },
  ...['2.15', '3'].map(
    (msw): Omit<Cell, 'group'> => ({
      id: `jest-esm-msw-${msw}`,
      what: `jest 30 as ESM, \`NODE_OPTIONS=--experimental-vm-modules\` · msw ${msw}`,
      install: ['jest@30', msw === '3' ? 'msw@3' : `msw@~${msw}.0`],
      module: 'esm',
      env: VM_MODULES,
      run: ['node', ...JEST, 'msw.test.js', 'bare.test.js'],
      also: [...BARE, OWN_SERVER],
    }),
  ),
] satisfies Omit<Cell, 'group'>[]

const plain = (['esm', 'commonjs'] as const).flatMap((module): Cell[] =>
  ['2.10.0', '3'].flatMap((msw): Cell[] =>
    [
      { name: 'node:test', run: ['node', '--test', 'msw.test.js', 'bare.test.js'] },
      {
        name: 'mocha',
        run: [
          'node',
          'node_modules/mocha/bin/mocha.js',
          '--timeout',
          String(TIMEOUT_MS),
          'msw.test.js',
          'bare.test.js',
        ],
      },
    ].map(({ name, run }) => ({
      id: `${name.replace(':', '-')}-${module}-msw-${msw}`,
      group: 'node:test and mocha',
      what: `${name} · ${module === 'esm' ? 'ES modules' : '`require`'} · msw ${msw}`,
      install: ['mocha@12', `msw@${msw}`],
      module,
      run,
      also: [...BARE, OWN_SERVER],
    })),
  ),
)

const nodes = NODES.filter((version) => version !== '24').flatMap((node): Cell[] => [
  {
    id: `node-${node}-vitest`,
    group: 'Node',
    what: `Node ${node} · vitest 5 · msw 3`,
    install: ['vitest@5', 'msw@3'],
    module: 'esm',
    node,
    run: vitestRun(FIXTURE),
    also: [OPTIONS, OWN_SERVER],
  },
  {
    id: `node-${node}-require`,
    group: 'Node',
    what: `Node ${node} · node:test · \`require\` · msw 3`,
    install: ['mocha@12', 'msw@3'],
    module: 'commonjs',
    node,
    run: ['node', '--test', 'msw.test.js', 'bare.test.js'],
    also: [...BARE, OWN_SERVER],
  },
])

const CLIENTS = ['axios', 'got', 'ky', 'undici', 'node-fetch', 'superagent', 'needle']
const clients = ['2.10.0', '3'].flatMap((msw): Cell[] =>
  ['fetch', 'http.request', ...CLIENTS, 'undici fetch'].map((client) => ({
    id: `client-${client.replace(' ', '-')}-msw-${msw}`,
    group: 'clients',
    what: `${client.replace('undici fetch', '`fetch` of undici')} · vitest 5 · msw ${msw}`,
    install: ['vitest@5', `msw@${msw}`, ...CLIENTS],
    module: 'esm',
    env: { MATRIX_CLIENT: client },
    run: vitestRun(['fixture.test.js']),
    also: [OPTIONS],
  })),
)
const undicis = ['6', '7', '8'].map(
  (version): Cell => ({
    id: `undici-${version}`,
    group: 'clients',
    what: `undici ${version} · node:test · \`photaInterceptor\`, without msw`,
    install: [`undici@${version}`],
    module: 'esm',
    env: { MATRIX_CLIENT: 'undici' },
    run: ['node', '--test', 'undici.test.js'],
    also: [],
  }),
)

export const TYPESCRIPTS = ['5.4', '5.5', '5.6', '5.7', '5.8', '5.9', '6.0', '7.0'] as const
const types = TYPESCRIPTS.flatMap((typescript): Cell[] =>
  (
    [
      ['esm', 'nodenext'],
      ['esm', 'node16'],
      ['esm', 'bundler'],
      ['commonjs', 'nodenext'],
      ['commonjs', 'node16'],
    ] as const
  ).map(([module, resolution]) => ({
    id: `typescript-${typescript}-${module}-${resolution}`,
    group: 'TypeScript',
    what: `TypeScript ${typescript} · ${resolution} · from ${module === 'esm' ? 'an ES module' : 'CommonJS'}`,
    install: [
      '@types/node@24',
      'msw@3',
      'vitest@5',
      ...TYPESCRIPTS.map((each) => `typescript-${each}@npm:typescript@~${each}.0`),
    ],
    module,
    run: ['types', typescript, resolution],
    also: null,
  })),
)

const old: Cell[] = [
  {
    id: 'node-20',
    group: 'Node',
    what: 'Node 20 is told so: the command and each export',
    install: ['vitest@5', 'msw@2.10.0'],
    module: 'esm',
    node: '20',
    run: ['old-node'],
    also: null,
  },
]

export const cells: readonly Cell[] = [
  ...vitests,
  ...jests.map((cell): Cell => ({ group: 'jest', ...cell })),
  ...plain,
  ...nodes,
  ...old,
  ...doms,
  ...clients,
  ...undicis,
  ...types,
]

/** Those that CI runs: one for each fault that no other test would find. */
export const SOME: ReadonlySet<string> = new Set([
  'vitest-4.0-msw-2.10.0',
  'jest-commonjs',
  'node-20',
  'typescript-5.4-commonjs-node16',
])
