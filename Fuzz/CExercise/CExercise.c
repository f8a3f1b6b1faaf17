#define _GNU_SOURCE
#include "CExercise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

int exercise_file(const void *octets, size_t count) {
  int file = memfd_create("input", MFD_CLOEXEC);
  if (file < 0) return -1;
  if (write(file, octets, count) == (ssize_t)count && lseek(file, 0, SEEK_SET) == 0) return file;
  close(file);
  return -1;
}

int exercise_pipe(const void *octets, size_t count) {
  int ends[2];
  // Nobody reads while this writes: a full pipe is an error, not a wait.
  if (pipe2(ends, O_CLOEXEC | O_DIRECT | O_NONBLOCK) != 0) return -1;
  int size = fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  size_t slots = size < 0 ? 16 : (size_t)size / PIPE_BUF;
  // Pieces of eleven octets cut every header and every number somewhere.
  size_t length = count / slots + 1 > 11 ? count / slots + 1 : 11;
  for (size_t offset = 0; offset < count; offset += length) {
    size_t piece = count - offset < length ? count - offset : length;
    if (piece > PIPE_BUF || write(ends[1], (const char *)octets + offset, piece) != (ssize_t)piece) {
      close(ends[0]);
      close(ends[1]);
      return -1;
    }
  }
  close(ends[1]);
  return ends[0];
}
