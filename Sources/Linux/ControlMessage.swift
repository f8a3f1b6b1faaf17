import CLinux
import Glibc

/// Something that comes beside a message's octets, from the kernel. See cmsg(3).
public struct ControlMessage: Equatable, Sendable {
  /// The level, such as SOL_SOCKET.
  public var level: Int32
  /// The type, whose meaning is the level's.
  public var type: Int32
  /// What it says, in host byte order.
  public var octets: [UInt8]

  /// A message with its parts.
  public init(level: Int32, type: Int32, octets: [UInt8]) {
    self.level = level
    self.type = type
    self.octets = octets
  }

  /// The messages that a buffer holds, up to the first whose length is a lie.
  static func all(in buffer: [UInt8]) -> [ControlMessage] {
    let headerLength = MemoryLayout<clinux_control_header>.size
    var messages: [ControlMessage] = []
    var rest = buffer[...]
    while let header = plain(clinux_control_header(), from: Array(rest.prefix(headerLength))) {
      guard let length = Int(exactly: header.length), length >= headerLength, length <= rest.count else { break }
      messages.append(
        ControlMessage(
          level: header.level, type: header.type,
          octets: Array(rest.prefix(length).dropFirst(headerLength))))
      rest = rest.dropFirst(aligned(length))
    }
    return messages
  }

  /// The octets of the message with its header and padding.
  var encoded: [UInt8] {
    var header = clinux_control_header()
    header.length = UInt(MemoryLayout<clinux_control_header>.size &+ octets.count)
    header.level = level
    header.type = type
    let message = Linux.octets(of: header) + octets
    return message + [UInt8](repeating: 0, count: Self.aligned(message.count) &- message.count)
  }

  /// The room that a message with so many octets takes in a buffer. CMSG_SPACE in cmsg(3).
  static func room(for count: Int) -> Int { aligned(MemoryLayout<clinux_control_header>.size &+ max(count, 0)) }

  private static func aligned(_ length: Int) -> Int {
    let unit = MemoryLayout<Int>.alignment
    return (length &+ unit &- 1) & ~(unit &- 1)
  }
}

/// Descriptors that were received, owned: those that nobody takes are closed when this goes. See SCM_RIGHTS in unix(7).
public struct DescriptorList: ~Copyable, Sendable {
  private var numbers: ArraySlice<Int32>

  /// Takes ownership of open descriptors.
  init(owning numbers: [Int32]) {
    self.numbers = numbers[...]
  }

  deinit {
    for number in numbers { close(number) }
  }

  /// How many are left.
  public var count: Int { numbers.count }

  /// Takes the first one that is left; nil where none is.
  public mutating func next() -> Descriptor? {
    guard let number = numbers.popFirst() else { return nil }
    return Descriptor(owning: number)
  }
}

/// Who a process is to the other end of a unix socket. See SCM_CREDENTIALS and SO_PEERCRED in unix(7).
public struct ProcessCredentials: Equatable, Sendable {
  /// The process's number; 0 where it is not of this process's namespace.
  public var process: Int32
  /// The user's number.
  public var user: UInt32
  /// The group's number.
  public var group: UInt32

  /// Credentials with their parts: the kernel lets only the privileged say what is not so.
  public init(process: Int32, user: UInt32, group: UInt32) {
    self.process = process
    self.user = user
    self.group = group
  }

  /// This process's own, as the effective user and group.
  public static var own: ProcessCredentials { ProcessCredentials(process: getpid(), user: geteuid(), group: getegid()) }

  init(_ credentials: clinux_credentials) {
    self.init(process: credentials.process, user: credentials.user, group: credentials.group)
  }

  var plain: clinux_credentials { clinux_credentials(process: process, user: user, group: group) }
}
