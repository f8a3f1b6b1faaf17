import CLinux
import Glibc

extension SocketListing {
  /// Puts the rows into order: by the columns given, and where these leave it open by kind, waiting ones before
  /// connections, then by this end and the other one. An empty list is that order alone.
  public mutating func sort(by order: [SocketOrder]) {
    let keys = rows.map { NaturalKey(snapshot.sockets[$0]) }
    let columns = order.map { order in (values: values(of: order.column), isDescending: order.isDescending) }
    var places = Array(rows.indices)
    places.sort { left, right in
      for column in columns {
        if let isBefore = column.values.compare(left, right) { return isBefore != column.isDescending }
      }
      return keys[left] < keys[right]
    }
    rows = places.map { rows[$0] }
  }

  /// A column's values by row, in a form that is fast to compare.
  private enum Values {
    case numbers([UInt64])
    case texts([[UInt8]])

    /// Whether the left one comes first; nil where they are equal.
    func compare(_ left: Int, _ right: Int) -> Bool? {
      switch self {
      case .numbers(let values): values[left] == values[right] ? nil : values[left] < values[right]
      case .texts(let values):
        values[left] == values[right] ? nil : values[left].lexicographicallyPrecedes(values[right])
      }
    }
  }

  private func values(of column: SocketColumn) -> Values {
    switch column {
    case .kind: texts { Array("\($0.kind)".utf8) }
    case .family: numbers { UInt64($0.family.rawValue) }
    case .type: numbers { UInt64($0.type.rawValue) }
    case .protocol: numbers { UInt64($0.protocolNumber) }
    case .state: numbers { UInt64($0.state.rawValue) }
    case .receiveQueue: numbers { UInt64($0.acceptQueue ?? $0.receiveQueue) }
    case .sendQueue: numbers { UInt64($0.sendQueue) }
    case .local: texts { Self.text(of: $0.local) }
    case .remote: texts { Self.text(of: $0.remote) }
    case .uid: numbers { $0.uid.map(UInt64.init) ?? .max }
    case .inode: numbers(\.inode)
    case .cookie: numbers { $0.cookie ?? .max }
    case .netns: numbers(\.namespace)
    case .device: numbers { UInt64($0.details?.boundInterface ?? 0) }
    case .roundTripTime: numbers { $0.tcp(.roundTripTime) }
    case .congestionWindow: numbers { $0.tcp(.congestionWindow) }
    case .retransmissions: numbers { $0.tcp(.totalRetransmissions) }
    case .octetsAcknowledged: numbers { $0.tcp(.octetsAcknowledged) }
    case .octetsReceived: numbers { $0.tcp(.octetsReceived) }
    case .deliveryRate: numbers { $0.tcp(.deliveryRate) }
    case .drops: numbers { UInt64($0.drops ?? 0) }
    case .peer: numbers { $0.peerInode ?? .max }
    case .notes: numbers { $0.acceptQueue.map(UInt64.init) ?? 0 }
    case .pid: .numbers(rows.map { firstProcess(of: $0).map { UInt64(UInt32(bitPattern: $0.pid)) } ?? .max })
    case .fd:
      .numbers(rows.map { descriptors(of: $0).first.map(\.descriptor).map { UInt64(UInt32(bitPattern: $0)) } ?? .max })
    case .owner, .process: .texts(rows.map { firstProcess(of: $0)?.name ?? Self.last })
    case .user: .texts(rows.map { user(of: $0).map { Array($0.utf8) } ?? Self.last })
    case .service:
      .texts(rows.map { service(of: $0).flatMap { $0.containerID ?? $0.unit }.map { Array($0.utf8) } ?? Self.last })
    case .unit: .texts(rows.map { service(of: $0)?.unit.map { Array($0.utf8) } ?? Self.last })
    case .container: .texts(rows.map { service(of: $0)?.containerID.map { Array($0.utf8) } ?? Self.last })
    }
  }

  /// Stands behind every text that is there.
  private static let last: [UInt8] = [0xff]

  private func numbers(_ value: (SocketRecord) -> UInt64) -> Values {
    .numbers(rows.map { value(snapshot.sockets[$0]) })
  }

  private func texts(_ value: (SocketRecord) -> [UInt8]) -> Values { .texts(rows.map { value(snapshot.sockets[$0]) }) }

  /// The process that is shown first.
  private func firstProcess(of place: Int) -> ProcessRecord? { descriptors(of: place).first.flatMap(process) }

  /// An end as octets that sort as a person would: addresses by number, then ports; paths before abstract names.
  private static func text(of end: SocketAddress?) -> [UInt8] {
    guard let end else { return last }
    switch end {
    case .unix(.unnamed): return last
    case .unix(.path(let path)): return [5] + path
    case .unix(.abstract(let name)): return [6] + name
    default:
      let (address, port) = NaturalKey.number(end)
      return [1] + octets(address) + octets(UInt128(port))
    }
  }

  private static func octets(_ value: UInt128) -> [UInt8] {
    (0..<16).map { UInt8(truncatingIfNeeded: value >> UInt128(120 - $0 * 8)) }
  }
}

extension SocketRecord {
  /// A member of its tcp_info; 0 where the kernel does not tell it.
  fileprivate func tcp(_ member: TCPMember) -> UInt64 {
    details.flatMap { TCPInformation($0.tcpInformation).value(member) } ?? 0
  }

  /// How many packets were dropped since nobody received them in time; nil where the kernel does not tell. SK_MEMINFO_DROPS.
  public var drops: UInt32? {
    guard let memory = details?.memory, memory.count > 8 else { return nil }
    return memory[8]
  }
}

/// The order in which sockets are shown where none is asked for: internet sockets first, those that wait for anyone
/// before connections, and connections to one port together.
struct NaturalKey: Comparable {
  private let head: UInt64
  private let local: UInt128
  private let remote: UInt128
  private let tail: UInt64

  init(_ socket: SocketRecord) {
    let rank: UInt64 =
      switch socket.family {
      case .inet, .inet6: Self.rank(ofProtocol: socket.protocolNumber, socket.type)
      case .packet: 8
      case .xdp: 9
      case .vsock: 10
      case .unix: 11 + UInt64(socket.type.rawValue)
      case .netlink: 16
      }
    let group: UInt64 = socket.isWaitingForAnyone ? 0 : socket.state.isConnected ? 1 : 2
    if case .unix(let name) = socket.local {
      let octets =
        switch name {
        case .unnamed: [] as [UInt8]
        case .path(let path): path
        case .abstract(let name): [0x7f] + name
        }
      head = rank << 56 | group << 48 | (octets.isEmpty ? 1 : 0) << 32
      local = Self.number(octets.prefix(16))
      remote = Self.number(octets.dropFirst(16).prefix(16))
      tail = socket.inode
      return
    }
    let (localAddress, localPort) = Self.number(socket.local)
    let (remoteAddress, remotePort) = socket.remote.map(Self.number) ?? (0, 0)
    head = rank << 56 | group << 48 | UInt64(localPort) << 16 | UInt64(socket.state.rawValue)
    local = localAddress
    remote = remoteAddress
    tail = UInt64(remotePort) << 32 ^ socket.inode
  }

  static func < (left: NaturalKey, right: NaturalKey) -> Bool {
    if left.head != right.head { return left.head < right.head }
    if left.local != right.local { return left.local < right.local }
    if left.remote != right.remote { return left.remote < right.remote }
    return left.tail < right.tail
  }

  private static func rank(ofProtocol number: UInt16, _ type: SocketType) -> UInt64 {
    if type == .raw { return 7 }
    // The usual ones, then the others by number.
    return switch Int(number) {
    case IPPROTO_TCP: 0
    case IPPROTO_MPTCP: 1
    case IPPROTO_UDP: 2
    case IPPROTO_UDPLITE: 3
    case IPPROTO_SCTP: 4
    case IPPROTO_DCCP: 5
    default: 6
    }
  }

  /// An end as numbers: its address, IPv4 as the mapped one; and its port.
  static func number(_ end: SocketAddress) -> (address: UInt128, port: UInt32) {
    switch end {
    case .internet(.v4(let address), let port, _): (0xffff << 32 | UInt128(address), UInt32(port))
    case .internet(.v6(let address), let port, _): (address, UInt32(port))
    case .packet(let interface, let number): (UInt128(number), interface & 0xffff)
    case .netlink(let port, _): (UInt128(port), 0)
    case .vsock(let context, let port): (UInt128(context), port)
    case .xdp(let interface, let queue): (UInt128(queue), interface & 0xffff)
    case .unix: (0, 0)
    }
  }

  private static func number(_ octets: ArraySlice<UInt8>) -> UInt128 {
    var value: UInt128 = 0
    for octet in octets { value = value << 8 | UInt128(octet) }
    return value << UInt128((16 - octets.count) * 8)
  }
}
