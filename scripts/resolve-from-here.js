import { pathToFileURL } from 'node:url'

/** What stands for `import.meta.resolve` in the CommonJS build. */
export const resolveFromHere = (name) => pathToFileURL(require.resolve(name)).href
