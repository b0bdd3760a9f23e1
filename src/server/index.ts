import '../node/required.ts'

export { type RunningServer, type ServerOptions, startServer } from './server.ts'
