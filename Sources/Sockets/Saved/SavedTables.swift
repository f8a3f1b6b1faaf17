/// The socket and process tables of a machine at one time, as a capture file keeps them. See sockeye-pcapng(5).
public struct SavedTables: Sendable {
  /// When in a capture they were read.
  public enum Moment: UInt16, Sendable {
    case start, end
  }

  public var moment = Moment.start
  /// When they were read, in nanoseconds since the Epoch.
  public var time: UInt64 = 0
  public var snapshot = SocketSnapshot()
  public var owners = OwnerTable()
  public var surroundings = Surroundings()

  public init() {}
}

/// How the tables lie in the blocks of a file: a head, then records of a kind, a length and a value, all of it with the
/// lowest octet first. Kinds that are not known are passed over, and so is what follows in a longer value.
enum SavedLayout {
  /// The octets that a block of ours begins with.
  static let signature: [UInt8] = Array("SKYE".utf8)
  static let version: UInt16 = 1
  /// No block is longer by much than this: libpcap and Wireshark refuse those of more than 16 MiB.
  static let longestBlock = 4 << 20

  /// What a record is.
  enum Kind: UInt16 {
    case process = 1, socket, descriptor, interface, user, namespace, note, unreadable
  }

  /// What an end of a socket is.
  enum End: UInt8 {
    case ipv4, ipv6, unnamed, path, abstract, packet, netlink, vsock, xdp
  }

  /// Which parts of a socket are there.
  enum Present {
    static let remote: UInt8 = 1, acceptQueue: UInt8 = 2, backlog: UInt8 = 4, cookie: UInt8 = 8, uid: UInt8 = 16
    static let peerInode: UInt8 = 32, isIPv6OnlyTold: UInt8 = 64, isIPv6Only: UInt8 = 128
  }
}
