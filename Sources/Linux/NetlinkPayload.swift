import CLinux

/// A part of a netlink answer: octets in host byte order, read with every bound checked; a number that is not all there is zero.
public struct NetlinkPayload: Sendable {
  @usableFromInline let buffer: [UInt8]
  // Half as large as a range: tens of thousands of sockets keep what the kernel told of them.
  @usableFromInline var start: UInt32
  @usableFromInline var end: UInt32

  /// Which octets of the buffer these are.
  @inlinable var range: Range<Int> { Int(start)..<Int(end) }

  /// The octets of one or more messages, as the kernel sent them.
  public init(_ octets: [UInt8]) {
    self.init(octets, range: 0..<octets.count)
  }

  init(_ buffer: [UInt8], range: Range<Int>) {
    let clamped = range.clamped(to: 0..<min(buffer.count, Int(UInt32.max)))
    self.init(buffer, from: clamped.lowerBound, to: clamped.upperBound)
  }

  /// For parts of what has been checked: the bounds must lie in the buffer.
  @inlinable init(_ buffer: [UInt8], from start: Int, to end: Int) {
    self.buffer = buffer
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
  }

  /// How many octets there are.
  @inlinable public var count: Int { range.count }
  /// The octets themselves.
  public var octets: [UInt8] { Array(buffer[range]) }
  /// The octets before the first zero.
  public var octetsBeforeZero: [UInt8] { Array(buffer[range].prefix { $0 != 0 }) }
  /// The octets before the first zero, as text.
  public var text: String { String(decoding: buffer[range].prefix { $0 != 0 }, as: UTF8.self) }

  /// One octet.
  @inlinable public func uint8(at offset: Int) -> UInt8 {
    offset >= 0 && offset < range.count ? buffer[range.lowerBound &+ offset] : 0
  }
  /// Two octets in host order.
  @inlinable public func uint16(at offset: Int) -> UInt16 { value(at: offset, as: UInt16.self) ?? 0 }
  /// Four octets in host order.
  @inlinable public func uint32(at offset: Int) -> UInt32 { value(at: offset, as: UInt32.self) ?? 0 }
  /// Eight octets in host order.
  @inlinable public func uint64(at offset: Int) -> UInt64 { value(at: offset, as: UInt64.self) ?? 0 }

  /// A number, or one of the kernel's structures, whole; nil where it does not fit.
  @inlinable
  public func value<Value: BitwiseCopyable>(at offset: Int = 0, as type: Value.Type) -> Value? {
    guard offset >= 0, offset <= range.count, MemoryLayout<Value>.size <= range.count &- offset else { return nil }
    // SAFETY: the kernel's structures and integers take any bits; that they lie in the range has just been checked.
    return unsafe buffer.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: range.lowerBound &+ offset, as: type)
    }
  }

  /// What is left behind a fixed part and its padding to four octets.
  @inlinable public func dropping(_ length: Int) -> NetlinkPayload {
    let end = range.upperBound
    return NetlinkPayload(buffer, from: min(range.lowerBound &+ Self.align(max(length, 0)), end), to: end)
  }

  /// Takes the next message: its type and what follows its header; nil at the end, or where its length is a lie.
  @inlinable
  public mutating func nextMessage() -> (type: Int32, payload: NetlinkPayload)? {
    guard let (header, payload) = nextMessageWithHeader() else { return nil }
    return (Int32(header.type), payload)
  }

  /// A message's header. See netlink(7).
  @frozen public struct Header: BitwiseCopyable {
    /// How long the message is with its header.
    public var length: UInt32
    public var type: UInt16
    public var flags: UInt16
    public var sequence: UInt32
    public var port: UInt32
  }

  /// Takes the next message with its header; nil at the end, or where its length is a lie.
  @inlinable
  public mutating func nextMessageWithHeader() -> (header: Header, payload: NetlinkPayload)? {
    guard let header = value(as: Header.self) else { return nil }
    let length = Int(header.length)
    guard length >= MemoryLayout<Header>.size, length <= range.count else { return nil }
    return (header, take(header: MemoryLayout<Header>.size, length: length))
  }

  /// Takes the next attribute: its type and value; nil at the end, or where its length is a lie.
  @inlinable
  public mutating func nextAttribute() -> (type: UInt16, value: NetlinkPayload)? {
    guard let header = value(as: UInt32.self) else { return nil }
    // struct nlattr: the length, then the type with two flags above it.
    let length = Int(UInt16(truncatingIfNeeded: UInt32(littleEndian: header)))
    let type = UInt16(truncatingIfNeeded: UInt32(littleEndian: header) >> 16) & 0x3fff
    guard length >= MemoryLayout<UInt32>.size, length <= range.count else { return nil }
    return (type, take(header: MemoryLayout<UInt32>.size, length: length))
  }

  @inlinable
  mutating func take(header: Int, length: Int) -> NetlinkPayload {
    let start = range.lowerBound
    let value = NetlinkPayload(buffer, from: start &+ header, to: start &+ length)
    self.start = UInt32(truncatingIfNeeded: min(start &+ Self.align(length), range.upperBound))
    return value
  }

  @inlinable static func align(_ length: Int) -> Int { (length &+ 3) & ~3 }
}
