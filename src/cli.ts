#!/usr/bin/env node
import { nodeProblem } from './node/node-version.ts'

// Everything else is imported only once the version is known to be right: an older Node fails at the import itself,
// with an error that tells nobody what to do.
const problem = nodeProblem(process.versions.node)
if (problem === null) {
  await import('./cli/main.ts')
} else {
  console.error(`${problem} Install a newer one, or run it by: npx -p node@22 -p phota-mock phota-mock …`)
  process.exitCode = 2
}
