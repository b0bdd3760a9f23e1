#!/usr/bin/env node
import { nodeProblem } from './cli/node-version.ts'

// Everything else is imported only once the version is known to be right: an older Node fails at the import itself,
// with an error that tells nobody what to do.
const problem = nodeProblem(process.versions.node)
if (problem === null) {
  await import('./cli/main.ts')
} else {
  console.error(problem)
  process.exitCode = 2
}
