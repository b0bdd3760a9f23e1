/*
 * A disk that fails on demand. Preloaded into a server, it has writes below FAILING_DISK_FOLDER fail while there is a
 * file FAILING_DISK_SWITCH with two or three numbers: the errno, that one call of so many fails, and 1 if reads do too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int calls;

/* By system calls alone: open and read are among what is replaced. */
static int fails(int fd, int reads) {
  const char *folder = getenv("FAILING_DISK_FOLDER"), *path = getenv("FAILING_DISK_SWITCH");
  if (!folder || !path) return 0;
  int kept = errno, error = 0, every = 1, also_reads = 0;
  char text[64] = "", link[64], target[PATH_MAX];
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
  if (file >= 0) {
    long length = syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
    text[length > 0 ? length : 0] = 0;
    sscanf(text, "%d %d %d", &error, &every, &also_reads);
  }
  errno = kept;
  if (error == 0 || (reads && !also_reads)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
  errno = kept;
  if (length < 0) return 0;
  target[length] = 0;
  if (strncmp(target, folder, strlen(folder)) != 0) return 0;
  if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % every != 0) return 0;
  errno = error;
  return 1;
}

#define REPLACE(type, name, parameters, arguments, reads)               \
  type name parameters {                                                \
    static type(*real) parameters;                                      \
    if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name);      \
    if (fails(fd, reads)) return -1;                                    \
    return real arguments;                                              \
  }

REPLACE(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), 0)
REPLACE(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), 0)
REPLACE(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), 0)
REPLACE(int, ftruncate, (int fd, off_t size), (fd, size), 0)
REPLACE(int, ftruncate64, (int fd, off64_t size), (fd, size), 0)
REPLACE(int, fsync, (int fd), (fd), 0)
REPLACE(int, fdatasync, (int fd), (fd), 0)
REPLACE(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), 1)
REPLACE(ssize_t, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at), 1)
REPLACE(ssize_t, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at), 1)
