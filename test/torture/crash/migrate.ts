// Brings a folder to a version that there is not yet, by rewriting every row. It runs in a process of its own, which is
// killed on the way.
import { openFolder } from '../../../src/storage/folder.ts'
import { MIGRATIONS } from '../../../src/storage/schema.ts'
import { TABLES } from '../../../src/storage/tables.ts'

process.stdout.write('begins\n')
openFolder(process.argv[2] ?? '', [
  ...MIGRATIONS,
  (database) => {
    for (const name of TABLES) database.exec(`UPDATE ${name} SET data = data || ' '`)
  },
]).close()
process.stdout.write('done\n')
