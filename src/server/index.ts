import '../node/required.ts'

export { type RunningServer, startServer } from './server.ts'
export type { ServerOptions } from './server-options.ts'
