import Glibc
public import Linux

/// Pairs sockets of the internet whose two ends are both on this machine, by addresses and ports.
///
/// An IPv4-mapped IPv6 address is the IPv4 address. Within a namespace, two sockets whose local and remote ends are
/// swapped are the ends of one connection. Between namespaces they are if nothing else on the machine could be: of three
/// namespaces with the same addresses one cannot tell which two speak with each other, and loopback addresses never
/// leave theirs.
struct TuplePairing {
  /// One end as the other sees it.
  private struct End: Equatable {
    var address: UInt128
    var port: UInt16

    static func < (one: End, other: End) -> Bool {
      (one.address, one.port) < (other.address, other.port)
    }
  }

  /// Both ends in an order that does not depend on the side that they are seen from.
  private struct Connection: Equatable {
    var lower: End
    var higher: End
    var transport: UInt16
  }

  /// A connection's place in the table: the last socket of it that was seen, -1 for none, and a part of its hash.
  private struct Slot {
    var newest: Int32 = -1
    var mark: UInt32 = 0
  }

  private let sockets: [SocketRecord]
  /// An open-addressing table: a dictionary of connections takes five times as long.
  private var slots: [Slot]
  /// The socket of the same connection that was seen before each; -1 for none.
  private var earlier: [Int32]
  /// Drawn by lot, so that nobody can choose addresses and ports that collide.
  private let multiplier = UInt64.random(in: .min ... .max) | 1

  init(_ sockets: [SocketRecord]) {
    self.sockets = sockets
    earlier = [Int32](repeating: -1, count: sockets.count)
    var size = 16
    while size < sockets.count &* 2 { size &*= 2 }
    slots = [Slot](repeating: Slot(), count: size)
    for index in sockets.indices {
      guard let connection = Self.connection(at: index, sockets) else { continue }
      let hash = hash(connection)
      let mark = UInt32(truncatingIfNeeded: hash >> 32)
      var place = Int(truncatingIfNeeded: hash) & (size &- 1)
      while slots[place].newest >= 0 {
        if slots[place].mark == mark, Self.connection(at: Int(slots[place].newest), sockets) == connection { break }
        place = (place &+ 1) & (size &- 1)
      }
      earlier[index] = slots[place].newest
      slots[place] = Slot(newest: Int32(truncatingIfNeeded: index), mark: mark)
    }
  }

  /// Mixes all of a connection: words that are multiplied, one behind the other, by what was drawn.
  private func hash(_ connection: Connection) -> UInt64 {
    var hash = multiplier
    func mix(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: multiplier)
      hash = product.high &+ product.low
    }
    for end in [connection.lower, connection.higher] {
      mix(UInt64(truncatingIfNeeded: end.address >> 64))
      mix(UInt64(truncatingIfNeeded: end.address))
    }
    mix(UInt64(connection.lower.port) << 32 | UInt64(connection.higher.port) << 16 | UInt64(connection.transport))
    return hash
  }

  /// Calls back with each socket that has another end, and that.
  func resolve(_ pair: (Int, Int) -> Void) {
    var members: [Int] = []
    for slot in slots where slot.newest >= 0 {
      guard let connection = Self.connection(at: Int(slot.newest), sockets) else { continue }
      members.removeAll(keepingCapacity: true)
      var place = slot.newest
      while place >= 0 {
        members.append(Int(place))
        place = earlier[Int(place)]
      }
      resolve(connection, members, pair)
    }
  }

  private func resolve(_ connection: Connection, _ members: [Int], _ pair: (Int, Int) -> Void) {
    if connection.lower == connection.higher {
      // Connected to itself, which TCP and UDP allow.
      if members.count == 1 { pair(members[0], members[0]) }
      return
    }
    guard members.count > 1 else { return }
    let isLower = { (index: Int) in Self.localEnd(at: index, sockets) == connection.lower }
    // Nearly all have just two ends, in one namespace: nothing need be collected for them.
    if members.count == 2, sockets[members[0]].namespace == sockets[members[1]].namespace,
      isLower(members[0]) != isLower(members[1])
    {
      pair(members[0], members[1])
      pair(members[1], members[0])
      return
    }
    // Both ends in one namespace first: what a namespace has both ends of stays within it.
    var lonely: [Int] = []
    for namespace in Set(members.lazy.map { sockets[$0].namespace }) {
      let here = members.filter { sockets[$0].namespace == namespace }
      let lower = Self.alive(here.filter(isLower), sockets)
      let higher = Self.alive(here.filter { !isLower($0) }, sockets)
      if lower.isEmpty || higher.isEmpty {
        lonely += lower + higher
      } else {
        pairWithin(lower, higher, pair)
      }
    }
    lonely = withoutRests(lonely)
    guard lonely.count == 2, isLower(lonely[0]) != isLower(lonely[1]) else { return }
    guard !Self.isLoopback(connection.lower), !Self.isLoopback(connection.higher) else { return }
    pair(lonely[0], lonely[1])
    pair(lonely[1], lonely[0])
  }

  /// Without those in TIME-WAIT, unless one of the others may be the end that they wait for: nothing but an end that has
  /// sent its FIN can be. RFC 9293 section 3.3.2.
  private func withoutRests(_ members: [Int]) -> [Int] {
    let isClosing = members.contains { sockets[$0].state == .lastAck || sockets[$0].state == .closing }
    return isClosing ? members : members.filter { sockets[$0].state != .timeWait }
  }

  /// Pairs the sockets of one namespace: the one with the one, or, where the same addresses are on several links, those of
  /// the same link.
  private func pairWithin(_ lower: [Int], _ higher: [Int], _ pair: (Int, Int) -> Void) {
    if lower.count == 1, higher.count == 1 {
      pair(lower[0], higher[0])
      pair(higher[0], lower[0])
      return
    }
    for one in lower {
      let others = higher.filter { interface(of: $0) == interface(of: one) }
      let rivals = lower.filter { interface(of: $0) == interface(of: one) }
      guard interface(of: one) != 0, others.count == 1, rivals.count == 1 else { continue }
      pair(one, others[0])
      pair(others[0], one)
    }
  }

  private func interface(of index: Int) -> UInt32 {
    guard case .internet(_, _, let interface) = sockets[index].local else { return 0 }
    return interface
  }

  /// Of several sockets with the same ends those that a process has: others are what is left of an earlier connection, or
  /// the subflow of one of MPTCP.
  private static func alive(_ places: [Int], _ sockets: [SocketRecord]) -> [Int] {
    guard places.count > 1 else { return places }
    let held = places.filter { sockets[$0].inode != 0 }
    // A subflow has an inode as well since Linux 6.5, and the connection that it is of has its ends.
    let whole = held.filter { sockets[$0].protocolNumber == UInt16(truncatingIfNeeded: IPPROTO_MPTCP) }
    if !whole.isEmpty { return whole }
    return held.isEmpty ? places : held
  }

  // MARK: - Ends

  /// The connection that the socket at a place is an end of. Only what is asked for is read: a record is not copied.
  @inline(__always)
  private static func connection(at place: Int, _ sockets: [SocketRecord]) -> Connection? {
    let family = sockets[place].family
    guard family == .inet || family == .inet6, sockets[place].type != .raw else { return nil }
    guard sockets[place].state != .listen, case .internet(let far, let farPort, _)? = sockets[place].remote,
      case .internet(let near, let nearPort, _) = sockets[place].local, nearPort != 0, farPort != 0
    else { return nil }
    let own = End(address: near.unified, port: nearPort), other = End(address: far.unified, port: farPort)
    let isLower = own < other
    return Connection(
      lower: isLower ? own : other, higher: isLower ? other : own,
      transport: transport(of: sockets[place].protocolNumber))
  }

  private static func localEnd(at place: Int, _ sockets: [SocketRecord]) -> End? {
    guard case .internet(let host, let port, _) = sockets[place].local else { return nil }
    return End(address: host.unified, port: port)
  }

  private static func isLoopback(_ end: End) -> Bool {
    end.address == 1 || end.address >> 24 == InternetAddress.v4(0x7f00_0000).unified >> 24
  }

  /// What the other end sees: MPTCP is TCP on the wire, and falls back to it.
  static func transport(of protocolNumber: UInt16) -> UInt16 {
    protocolNumber == UInt16(truncatingIfNeeded: IPPROTO_MPTCP)
      ? UInt16(truncatingIfNeeded: IPPROTO_TCP) : protocolNumber
  }
}

extension InternetAddress {
  /// As an IPv6 address, IPv4-mapped for an IPv4 one: equal for both forms of one address.
  var unified: UInt128 {
    switch self {
    case .v4(let value): 0xffff << 32 | UInt128(value)
    case .v6(let value): value
    }
  }

  /// Whether it is an address of no other machine: 127.0.0.0/8 or `::1`.
  public var isLoopback: Bool { unified == 1 || unified >> 24 == 0xffff << 8 | 0x7f }

  /// Whether it is an address of many: 224.0.0.0/4, 255.255.255.255 or ff00::/8.
  public var isMulticast: Bool {
    unified >> 120 == 0xff || unified >> 28 == 0xffff << 4 | 0xe || unified == 0xffff << 32 | 0xffff_ffff
  }
}
