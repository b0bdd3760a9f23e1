// Fills a folder with jobs that have ended, as `serve --data` keeps them. Arguments: the folder, and how many. Prints
// the size of its file in bytes.
import { statSync } from 'node:fs'
import { Drive } from '../../../src/drive/drive.ts'
import { phota } from '../../../src/phota/api.ts'
import { World } from '../../../src/phota/world.ts'
import { Storage } from '../../../src/storage/storage.ts'
import { imageRequest } from './requests.ts'

const [folder = '', count = '0'] = process.argv.slice(2)
const storage = new Storage(folder, phota)
const world = new World({ id: 'default', startMs: Date.now() })
const account = world.createAccount({ id: 'alice', keys: ['test-key-alice'], depositMicroUsd: 1_000_000_000_000_000 })
const drive: Drive = new Drive(world, {
  mode: 'manual',
  send: () => Promise.reject(new Error('there are no callbacks here')),
  pause: () => storage.pause(),
})
storage.follow(world, drive, () => null)
for (let i = 0; i < Number(count); i++) {
  world.submit(account, imageRequest(`order-${i}`), 'async')
  if (i % 1000 === 0) storage.commit()
}
await drive.advance('1h')
storage.close()
console.log(statSync(`${folder}/phota-mock.db`).size)
