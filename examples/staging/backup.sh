#!/bin/sh
# A whole copy of what `phota-mock serve --data FOLDER` has kept, at one moment. The server goes on meanwhile.
#
#   sh backup.sh FOLDER FILE
#
# To go back to it: stop the server, empty the folder, put the copy there as phota-mock.db, and start the server.
set -eu

if [ $# -ne 2 ]; then
  echo 'backup.sh expects the folder and the file to write. Example: backup.sh /var/lib/phota-mock monday.db' >&2
  exit 2
fi
# The file is whole, or not there.
rm -f "$2.partial"
"${NODE:-node}" --disable-warning=ExperimentalWarning -e '
  const { DatabaseSync } = require("node:sqlite")
  const [, source, copy] = process.argv
  new DatabaseSync(source, { readOnly: true }).prepare("VACUUM INTO ?").run(copy)
' "$1/phota-mock.db" "$2.partial"
# It holds keys and secrets.
chmod 600 "$2.partial"
mv "$2.partial" "$2"
