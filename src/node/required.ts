import { nodeProblem } from './node-version.ts'

// The first import of each of the package's exports. An older Node stops here, before it fails at something that tells
// nobody what to do. This file and the one it imports run on any Node that knows ES modules.
const problem = nodeProblem(process.versions.node)
if (problem !== null) throw new Error(`${problem} Install a newer one: https://nodejs.org`)
