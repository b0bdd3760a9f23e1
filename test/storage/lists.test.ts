import { expect, test } from 'vitest'
import { listsOf, openDatabase } from '../../src/storage/sqlite.ts'

test.each(['as they are', 'without setReturnArrays, as before Node 22.16'])(
  'rows are lists, by statements %s',
  (which) => {
    const database = openDatabase(':memory:')
    database.exec("CREATE TABLE rows (key INTEGER PRIMARY KEY, data TEXT); INSERT INTO rows VALUES (7, 'a'), (8, 'b')")
    const statement = database.prepare('SELECT key, data FROM rows WHERE key >= ? ORDER BY key')
    if (which !== 'as they are') Object.defineProperty(statement, 'setReturnArrays', { value: undefined })
    const lists = listsOf(statement)
    expect(lists(7)).toEqual([
      [7, 'a'],
      [8, 'b'],
    ])
    expect(lists(9)).toEqual([])
    database.close()
  },
)
