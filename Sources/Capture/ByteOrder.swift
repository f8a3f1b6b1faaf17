import Wire

/// The order of octets within a number, as each capture file or section has its own.
enum ByteOrder {
  case big
  case little
}

extension RawSpan {
  /// The two octets at an offset, in a byte order.
  @inline(__always)
  func uint16(at offset: Int, _ order: ByteOrder) -> UInt16 {
    let value = uint16(at: offset)
    return order == .big ? value : value.byteSwapped
  }

  /// The four octets at an offset, in a byte order.
  @inline(__always)
  func uint32(at offset: Int, _ order: ByteOrder) -> UInt32 {
    let value = uint32(at: offset)
    return order == .big ? value : value.byteSwapped
  }

  /// The eight octets at an offset, in a byte order.
  @inline(__always)
  func uint64(at offset: Int, _ order: ByteOrder) -> UInt64 {
    let value = uint64(at: offset)
    return order == .big ? value : value.byteSwapped
  }
}

/// How far a format's reader came in the octets that it was shown.
struct ReadProgress {
  /// How many octets are done with; more than were shown where a block is skipped unread.
  var consumed = 0
  /// How many octets must be unread before there is anything to do.
  var needed = 0
  /// Whether it stopped because the caller said so.
  var stopped = false
  /// Whether it paused because another interface was described.
  var hasNewInterface = false
  /// Whether it paused before a packet because a further process was told of.
  var hasNewProcess = false
  /// Whether it paused because there is something to be kept for another file.
  var hasRemarks = false
}

/// A flaw and how far into the shown octets its record starts.
struct RecordError: Error {
  var flaw: SavefileFlaw
  var offset: Int
}
