import Glibc

/// A file or standard output, opened to be written from here on.
struct OutputFile {
  /// The name as given, or `standard output`.
  let name: String
  /// The file's device and inode.
  let identity: (device: UInt64, inode: UInt64)
  /// Whether it is a file on a disk, which has a size and can be cut.
  let isRegular: Bool

  private let descriptor: Int32
  /// Where what we write starts; not 0 where standard output is appended to a file.
  private let start: UInt64

  /// Opens a path and empties the file, or takes a copy of standard output for `-`.
  ///
  /// Nothing is emptied where the file turns out to be the one being read.
  init(path: String, input: (device: UInt64, inode: UInt64)?) throws(CaptureFileError) {
    name = path == "-" ? "standard output" : path
    // SAFETY: the path is lent as a terminated string for the time of the call.
    descriptor =
      path == "-"
      ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o666)
    guard descriptor >= 0 else {
      throw CaptureFileError(file: name, kind: errno == EISDIR ? .isDirectory : .cannotOpen(errno))
    }
    var status = stat()
    // SAFETY: fstat writes one stat structure, which status is.
    let answer = unsafe fstat(descriptor, &status)
    identity = (UInt64(status.st_dev), UInt64(status.st_ino))
    isRegular = answer == 0 && status.st_mode & S_IFMT == S_IFREG
    var failure: CaptureFileError.Kind?
    var position: Int = 0
    if answer != 0 {
      failure = .cannotOpen(errno)
    } else if isRegular, let input, input == identity {
      failure = .isInput
    } else if isatty(descriptor) != 0 {
      failure = .isTerminal
    } else if path != "-", isRegular, ftruncate(descriptor, 0) != 0 {
      failure = .cannotOpen(errno)
    } else if path == "-", isRegular {
      let appends = fcntl(descriptor, F_GETFL, 0) & O_APPEND != 0
      position = Swift.max(0, lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR))
    }
    start = UInt64(position)
    if let failure {
      _ = close(descriptor)
      throw CaptureFileError(file: name, kind: failure)
    }
  }

  /// Closes it, where no stream does.
  func closeDescriptor() {
    _ = close(descriptor)
  }

  /// Writes all octets; the error number where that fails, as ENOSPC. See write(2).
  func write(_ octets: RawSpan) -> Int32? {
    // SAFETY: the octets are lent for the call, and write(2) reads no more than it is told of.
    unsafe octets.withUnsafeBytes { octets -> Int32? in
      guard let base = octets.baseAddress else { return nil }
      var written = 0
      while written < octets.count {
        let result = unsafe Glibc.write(descriptor, base + written, octets.count &- written)
        if result > 0 {
          written &+= result
          continue
        }
        let number = result == 0 ? ENOSPC : errno
        switch number {
        case EINTR: continue
        case EAGAIN:
          // The descriptor does not block by itself, as an inherited one may not. See poll(2).
          var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = unsafe poll(&request, 1, -1)
        default: return number
        }
      }
      return nil
    }
  }

  /// A stream over the file that closes it in the end.
  func stream() throws(CaptureFileError) -> UnsafeMutablePointer<FILE> {
    // SAFETY: the mode is a constant string; the stream owns the descriptor from here on.
    guard let stream = unsafe fdopen(descriptor, "w") else {
      let number = errno
      _ = close(descriptor)
      throw CaptureFileError(file: name, kind: .cannotOpen(number))
    }
    return unsafe stream
  }

  /// How many octets of ours the file holds; nil where it cannot be told.
  func size() -> UInt64? {
    var status = stat()
    // SAFETY: fstat writes one stat structure, which status is.
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    return UInt64(clamping: status.st_size) &- Swift.min(start, UInt64(clamping: status.st_size))
  }

  /// Cuts the file back to the first octets of ours.
  func cut(to length: UInt64) {
    _ = ftruncate(descriptor, Int(clamping: start &+ length))
  }

  /// Puts /dev/null in the file's place, so that closing the stream does not write what it still holds.
  func detach() {
    // SAFETY: the path is a constant string.
    let nothing = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nothing >= 0 else { return }
    _ = dup2(nothing, descriptor)
    _ = close(nothing)
  }

  /// The error number that the system would keep for close(2), as network file systems do; nil where all is well.
  func closingError() -> Int32? {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { return nil }
    return close(copy) == 0 ? nil : errno
  }
}
