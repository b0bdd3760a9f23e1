import { execFileSync } from 'node:child_process'
import { chmod, copyFile, glob, readFile, rm, writeFile } from 'node:fs/promises'
import { buildCommonJs } from './build-commonjs.ts'

await rm('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'scripts/tsconfig.build.json'], { stdio: 'inherit' })
execFileSync('vite', ['build', '--config', 'src/dashboard/vite.config.ts'], { stdio: 'inherit' })
// tsc leaves plain JavaScript where it is.
for (const file of ['validators.js', 'validators.d.ts', 'control/validators.js', 'control/validators.d.ts']) {
  await copyFile(`src/spec/${file}`, `dist/src/spec/${file}`)
}
// tsc rewrites what code imports, and leaves what declarations do. Of the same length, so that their maps stay true.
for await (const declaration of glob('dist/{src,fixtures}/**/*.d.ts')) {
  const text = await readFile(declaration, 'utf8')
  await writeFile(declaration, text.replace(/((?:from |import |import\()'\.[^']*)\.ts'/g, "$1.js'"))
}
await buildCommonJs()
await chmod('dist/src/cli.js', 0o755)
