// Octets as something to read: Linux's own calls, which Swift does not see.
#pragma once

#include <stddef.h>

/// A file in memory that holds these octets, at its start; -1 with errno. See memfd_create(2).
int exercise_file(const void *octets, size_t count);

/// A pipe that gives these octets in small pieces, each read alone, and then ends; -1 with errno. See O_DIRECT in pipe(2).
int exercise_pipe(const void *octets, size_t count);
