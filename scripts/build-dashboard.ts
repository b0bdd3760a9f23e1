import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'vite'

const SOURCES = ['src/dashboard', 'src/control', 'src/spec', 'package-lock.json']

/** Builds the dashboard's static files into dist/dashboard/, unless they are newer than all they are made of. */
export async function buildDashboard(): Promise<void> {
  const builtMs = await stat(resolve('dist/dashboard/index.html')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
  const changedMs = Math.max(...(await Promise.all(SOURCES.map(newestMs))))
  if (builtMs <= changedMs) await build({ configFile: resolve('src/dashboard/vite.config.ts') })
}

async function newestMs(path: string): Promise<number> {
  const about = await stat(path)
  if (!about.isDirectory()) return about.mtimeMs
  const names = await readdir(path)
  return Math.max(about.mtimeMs, ...(await Promise.all(names.map((name) => newestMs(join(path, name))))))
}

if (import.meta.main) await buildDashboard()
