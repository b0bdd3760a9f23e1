const { readdirSync } = require('node:fs')

// A room imports only rooms on lower floors. `npm run check:layers` proves it.
const rooms = {
  node: [],
  text: [],
  spec: [],
  engine: [],
  api: ['spec', 'engine'],
  // The fixtures that come with the package are Worlds that it makes.
  phota: ['spec', 'engine', 'api'],
  deliver: ['spec', 'engine'],
  drive: ['engine', 'deliver'],
  control: ['node', 'text', 'spec'],
  'control-api': ['spec', 'engine', 'api', 'deliver', 'drive', 'control'],
  storage: ['node', 'text', 'spec', 'engine', 'api', 'drive'],
  fixture: ['node', 'spec', 'engine', 'api', 'phota', 'deliver', 'drive', 'control', 'control-api'],
  server: ['node', 'text', 'spec', 'engine', 'api', 'phota', 'deliver', 'drive', 'control', 'control-api', 'storage'],
  dashboard: ['text', 'control'],
  report: ['text', 'spec'],
  verify: ['node', 'text', 'spec', 'control', 'report'],
  // It knows hosts and origins, and nothing of who answers there.
  intercept: ['engine'],
  run: ['spec', 'engine', 'phota'],
  // The judge shares no code with the judged.
  explain: ['node', 'text', 'spec', 'report', 'verify'],
  grade: ['node', 'text', 'spec', 'engine', 'phota', 'drive', 'server', 'report', 'intercept', 'run'],
  // Each command may use every room but the page and the in-process doors.
  cli: [
    'node',
    'text',
    'spec',
    'engine',
    'api',
    'phota',
    'deliver',
    'drive',
    'control',
    'control-api',
    'storage',
    'server',
    'report',
    'verify',
    'intercept',
    'run',
    'explain',
    'grade',
  ],
}

const unlisted = readdirSync('src', { withFileTypes: true }).filter(
  (each) => each.isDirectory() && !(each.name in rooms),
)
if (unlisted.length > 0) throw new Error(`what may src/${unlisted[0].name}/ import? Add it to ${__filename}`)

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `${room}-imports-only-below`,
      comment: `src/${room}/ may import ${below.map((other) => `src/${other}/`).join(', ') || 'no other room'}.`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: {
        path: '^(src|fixtures)/',
        pathNot: [`^src/(${[room, ...below].join('|')})/`, ...(room === 'phota' ? ['^fixtures/worlds/'] : [])],
      },
    })),
    {
      name: 'engine-is-pure',
      comment: 'Of everything outside, the engine may import node:crypto for hashing, and nothing else.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { pathNot: '^(src/engine/|(node:)?crypto$)' },
    },
    {
      name: 'spec-stands-alone',
      comment: 'What is generated from openapi.yaml needs nothing at run time.',
      severity: 'error',
      from: { path: '^src/spec/' },
      to: { pathNot: '^src/spec/' },
    },
    {
      name: 'no-circles',
      comment: 'An import goes one way, of types too: what two files need of each other belongs into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-strays',
      comment: 'Every import resolves.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
