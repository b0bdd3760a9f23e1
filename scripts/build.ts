import { execFileSync } from 'node:child_process'
import { chmod, glob, readFile, rm, writeFile } from 'node:fs/promises'
import { buildCommonJs } from './build-commonjs.ts'
import { buildModules } from './build-modules.ts'

await rm('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'scripts/tsconfig.build.json'], { stdio: 'inherit' })
execFileSync('vite', ['build', '--config', 'src/dashboard/vite.config.ts'], { stdio: 'inherit' })
await buildModules()
// tsc rewrites what code imports, and leaves what declarations do. Of the same length, so that their maps stay true.
for await (const declaration of glob('dist/{src,fixtures}/**/*.d.ts')) {
  const text = await readFile(declaration, 'utf8')
  await writeFile(declaration, text.replace(/((?:from |import |import\()'\.[^']*)\.ts'/g, "$1.js'"))
}
await buildCommonJs()
await chmod('dist/src/cli.js', 0o755)
