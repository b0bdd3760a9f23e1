import { execFileSync } from 'node:child_process'
import { chmod, copyFile, rm } from 'node:fs/promises'

await rm('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
execFileSync('vite', ['build'], { stdio: 'inherit' })
// tsc leaves plain JavaScript where it is.
for (const file of ['validators.js', 'validators.d.ts', 'control/validators.js', 'control/validators.d.ts']) {
  await copyFile(`src/spec/${file}`, `dist/src/spec/${file}`)
}
await copyFile('src/control-api/control.yaml', 'dist/src/control-api/control.yaml')
await chmod('dist/src/cli.js', 0o755)
