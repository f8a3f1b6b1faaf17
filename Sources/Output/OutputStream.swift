import Glibc
public import Wire

/// Why writing the output ended.
public enum OutputError: Error, Equatable {
  /// The reader is gone, as with `| head`: the quiet end. EPIPE.
  case closed(name: String)
  /// The system refused; `number` is errno.
  case failed(name: String, number: Int32)

  /// The error in one line, naming the file.
  public var message: String {
    switch self {
    case .closed(let name): "\(name): closed by its reader"
    case .failed(let name, let number):
      // SAFETY: strerror(3) answers with a text that is copied at once; this thread is the only one that writes.
      "\(name): write: \(unsafe String(cString: strerror(number)))"
    }
  }
}

/// Text on its way to a file descriptor: collected, and written in large pieces.
///
/// Write into `text`, and call `endRecord` behind each packet: it writes when enough has come together. Call `flush`
/// when no packet is waiting, and at the end. The descriptor stays the caller's, and open. A closed pipe is an error
/// only where SIGPIPE is ignored, which is the command's to do. See write(2) and pipe(7).
public struct OutputStream: ~Copyable {
  /// What is still to be written.
  public var text: TextBuffer

  private let descriptor: Int32
  private let name: String
  private let threshold: Int

  /// A stream to an open descriptor; `name` is what errors call it. It writes whenever `threshold` octets are there.
  public init(descriptor: Int32, name: String, threshold: Int = 1 << 17, color: Bool = false) {
    self.descriptor = descriptor
    self.name = name
    self.threshold = threshold
    text = TextBuffer(capacity: threshold &+ (1 << 14), color: color)
  }

  /// Says that a packet's text is whole, so that a write may follow.
  @inline(__always)
  public mutating func endRecord() throws(OutputError) {
    if text.count >= threshold { try flush() }
  }

  /// Writes all that was collected.
  ///
  /// On a regular file that cannot take it, the file ends with the last packet that fit, and what did not fit is
  /// forgotten.
  public mutating func flush() throws(OutputError) {
    var written = 0
    let total = text.count
    while written < total {
      let result = writeOnce(from: written)
      if result > 0 {
        written &+= result
        continue
      }
      let number = result == 0 ? ENOSPC : Int32(truncatingIfNeeded: 0 &- result)
      switch number {
      case EINTR: continue
      case EAGAIN: waitUntilWritable()
      default:
        cutBack(written: written)
        text.removeAll()
        throw number == EPIPE ? .closed(name: name) : .failed(name: name, number: number)
      }
    }
    text.removeAll()
  }

  /// How many octets were written; an errno, negated, where none were.
  private func writeOnce(from offset: Int) -> Int {
    let rest = text.bytes.slice(from: offset)
    // SAFETY: the octets are lent for the call, and write(2) reads no more than it is told of.
    return unsafe rest.withUnsafeBytes { octets in
      let result = unsafe write(descriptor, octets.baseAddress, octets.count)
      return result < 0 ? Int(0 &- errno) : result
    }
  }

  /// Waits where the descriptor does not block by itself, as an inherited one may not. See poll(2).
  private func waitUntilWritable() {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    // SAFETY: one request, valid for the call.
    _ = unsafe poll(&request, 1, -1)
  }

  /// Takes back the part of a packet that a full disk left at the end of a regular file.
  private func cutBack(written: Int) {
    guard written > 0 else { return }
    let keep = endOfLastRecord(within: written)
    guard keep < written else { return }
    var status = stat()
    // SAFETY: the structure is valid for the call.
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    // Only where the file ends with what was just written: nothing of anybody else is cut off.
    guard lseek(descriptor, 0, SEEK_CUR) == status.st_size else { return }
    let size = status.st_size &- off_t(written &- keep)
    guard size >= 0, ftruncate(descriptor, size) == 0 else { return }
    _ = lseek(descriptor, size, SEEK_SET)
  }

  /// Where the last packet ends that was written whole: behind a line end that no indented line follows, since the
  /// lines of a tree and of hexadecimal octets are indented and those of a new packet are not.
  private func endOfLastRecord(within written: Int) -> Int {
    let octets = text.bytes
    var end = Swift.min(written, octets.byteCount)
    while end > 0 {
      if octets.uint8(at: end &- 1) == UInt8(ascii: "\n"),
        end == octets.byteCount || octets.uint8(at: end) != UInt8(ascii: " ")
      {
        return end
      }
      end &-= 1
    }
    return 0
  }
}
