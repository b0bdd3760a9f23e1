import { execFileSync } from 'node:child_process'
import { chmod, copyFile, rm } from 'node:fs/promises'

await rm('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
// tsc leaves plain JavaScript where it is.
for (const name of ['validators.js', 'validators.d.ts']) await copyFile(`src/spec/${name}`, `dist/src/spec/${name}`)
await chmod('dist/src/cli.js', 0o755)
