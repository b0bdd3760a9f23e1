const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a file is in its place',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENAMETOOLONG: 'its name is too long',
  ERR_UNKNOWN_FILE_EXTENSION: 'its extension is not known',
}

/** Why a file could not be read or written, or what is in it not be understood, in one line. */
export function fileProblem(error: unknown): string {
  const { code = '', name, message } = error as NodeJS.ErrnoException
  // It goes on with the lines at fault, which make no sense on one.
  const told = name === 'YAMLParseError' ? message.replace(/:?\n.*$/s, '') : message
  return SENTENCES[code] ?? told.replace(/\s*\n\s*/g, ' ').trim()
}
