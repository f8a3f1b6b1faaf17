import CLinux

/// A question to sock_diag(7), as a value: the octets behind the netlink header.
public struct SocketDumpRequest: Sendable, Equatable {
  /// The message's type: SOCK_DIAG_BY_FAMILY, or an older one.
  public var type = Int32(SOCK_DIAG_BY_FAMILY)
  /// The request's fixed part, and its attributes.
  public private(set) var octets: [UInt8]
  /// Whether all sockets of a kind are asked for; else the one that the request names.
  public var isDump = true

  /// A request about a family of sockets, with the kernel's structure for it, such as `unix_diag_req`: plain integers
  /// without gaps, of which the first octet is the family.
  public init(family: Int32, _ body: some BitwiseCopyable) {
    // SAFETY: the structures are plain integers that the kernel declares without gaps, all of them initialized.
    octets = unsafe withUnsafeBytes(of: body) { unsafe [UInt8]($0) }
    if !octets.isEmpty { octets[0] = UInt8(truncatingIfNeeded: family) }
  }

  /// Adds an attribute with a number in host order.
  public mutating func append(attribute type: Int32, _ value: UInt32) {
    let header = MemoryLayout<nlattr>.size
    for number in [UInt16(truncatingIfNeeded: header + 4), UInt16(truncatingIfNeeded: type)] { append(number) }
    append(value)
  }

  private mutating func append(_ value: some BitwiseCopyable & FixedWidthInteger) {
    // SAFETY: an integer has no gaps, and is copied at once.
    unsafe withUnsafeBytes(of: value) { unsafe octets.append(contentsOf: $0) }
  }

  /// The message that asks it, netlink header and all.
  func message(sequence: UInt32) -> [UInt8] {
    var header = nlmsghdr()
    header.nlmsg_len = UInt32(truncatingIfNeeded: MemoryLayout<nlmsghdr>.size &+ octets.count)
    header.nlmsg_type = UInt16(truncatingIfNeeded: type)
    header.nlmsg_flags = UInt16(isDump ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST)
    header.nlmsg_seq = sequence
    // SAFETY: nlmsghdr is plain integers without padding, and the copy lives as long as the closure.
    return unsafe withUnsafeBytes(of: header) { unsafe [UInt8]($0) } + octets
  }
}

/// What sock_diag(7) answered.
public struct SocketDumpAnswer: Sendable {
  /// The messages as the kernel sent them, without the one that ends the list: each piece holds whole messages. Tens of
  /// thousands of sockets are tens of megabytes, which an array that grows would copy several times.
  public var pieces: [[UInt8]] = []
  /// Why the kernel did not answer, or not to the end: ENOENT where it has no module for the family.
  public var error: SystemError?
  /// Whether the list changed while it was made, each time that it was asked for. NLM_F_DUMP_INTR in netlink(7).
  public var wasInterrupted = false

  /// An empty answer.
  public init() {}
}
