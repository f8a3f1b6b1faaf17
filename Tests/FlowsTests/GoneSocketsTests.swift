import Linux
import Sockets
import Testing
import Wire

@testable import Flows

/// Whose a socket was that has gone: the right one, or nobody's.
struct GoneSocketsTests {
  private static let second: Int64 = 1_000_000_000
  private static let here = InternetAddress.v4(0x7F00_0001)

  private func socket(
    _ cookie: UInt64, _ type: SocketType = .stream, local: InternetAddress = here, port: UInt16,
    remote: (InternetAddress, UInt16)? = nil
  ) -> SocketRecord {
    var record = SocketRecord(
      family: .inet, type: type, state: .close, local: .internet(local, port: port, interface: 0))
    record.protocolNumber = type == .stream ? 6 : 17
    record.cookie = cookie
    record.remote = remote.map { .internet($0.0, port: $0.1, interface: 0) }
    return record
  }

  private func use(by process: Int32, since: Int64) -> SocketUse {
    SocketUse(process: process, startTime: 1, started: 0, since: since, userID: 0, name: [], before: 0)
  }

  private func end(_ number: UInt8, from port: UInt16, to other: UInt16, isSource: Bool = true) -> OwnedEnd {
    var ends = FrameEnds()
    ends.kind = .ports
    ends.protocolNumber = IPProtocol(rawValue: number)
    (ends.source, ends.destination) = (0x7F00_0001, 0x7F00_0001)
    (ends.sourcePort, ends.destinationPort) = (port, other)
    return OwnedEnd(ends: ends, isSource: isSource)
  }

  private func find(
    _ gone: GoneSockets, _ end: OwnedEnd, at time: Int64, connectionOf beginning: Int64, hasAccepted: Bool
  ) -> GoneSockets.Socket? {
    var isLower = true
    let key = FlowKey(end.ends, sourceIsLower: &isLower)
    return gone.find(end, of: key, at: time, connectionOf: beginning, hasAccepted: hasAccepted)
  }

  @Test func aConnection() {
    var gone = GoneSockets()
    let client = socket(1, port: 40000, remote: (Self.here, 80))
    _ = gone.take(client, usedBy: use(by: 7, since: 10 * Self.second), told: 11 * Self.second)
    let (own, other) = (end(6, from: 40000, to: 80), end(6, from: 40000, to: 81))
    let time = 10 * Self.second + 500
    #expect(find(gone, own, at: time, connectionOf: time, hasAccepted: false)?.user.process == 7)
    #expect(find(gone, own, at: time, connectionOf: 0, hasAccepted: false)?.user.process == 7)
    // Another other end, and the other end itself.
    #expect(find(gone, other, at: time, connectionOf: time, hasAccepted: false) == nil)
    let peer = end(6, from: 40000, to: 80, isSource: false)
    #expect(find(gone, peer, at: time, connectionOf: time, hasAccepted: true) == nil)
    // What came after it had gone, and a connection that began later with the same ends.
    #expect(find(gone, own, at: 12 * Self.second, connectionOf: 0, hasAccepted: false) == nil)
    let later = 10 * Self.second + Self.second / 2
    #expect(find(gone, own, at: later, connectionOf: later, hasAccepted: false) == nil)
  }

  @Test func anAcceptedConnection() {
    var gone = GoneSockets()
    let accepted = socket(2, port: 80, remote: (Self.here, 40000))
    _ = gone.take(accepted, usedBy: use(by: 8, since: 10 * Self.second), told: 11 * Self.second)
    let own = end(6, from: 40000, to: 80, isSource: false)
    // It is used after the connection has begun, however long.
    #expect(find(gone, own, at: 9 * Self.second, connectionOf: 9 * Self.second, hasAccepted: true)?.cookie == 2)
    #expect(find(gone, own, at: 10 * Self.second + 1, connectionOf: 10 * Self.second + 1, hasAccepted: true) == nil)
  }

  @Test func twoOfThem() {
    var gone = GoneSockets()
    for (cookie, since) in [(3, 10), (4, 11)] as [(UInt64, Int64)] {
      _ = gone.take(
        socket(cookie, .datagram, local: .v4(0), port: 53), usedBy: use(by: Int32(cookie), since: since * Self.second),
        told: 20 * Self.second)
    }
    let own = end(17, from: 53, to: 9)
    // Only the first was there, then both may have been it.
    #expect(find(gone, own, at: 10 * Self.second, connectionOf: 0, hasAccepted: false)?.user.process == 3)
    #expect(find(gone, own, at: 12 * Self.second, connectionOf: 0, hasAccepted: false) == nil)
    // Before either was used, but for a moment.
    #expect(find(gone, own, at: 9 * Self.second, connectionOf: 0, hasAccepted: false) == nil)
  }

  @Test func mappedAddresses() {
    var gone = GoneSockets()
    let mapped = InternetAddress.v6(0xFFFF_7F00_0001)
    _ = gone.take(
      socket(5, .datagram, local: mapped, port: 53, remote: (mapped, 9)), usedBy: use(by: 5, since: Self.second),
      told: 2 * Self.second)
    let own = end(17, from: 53, to: 9)
    #expect(find(gone, own, at: Self.second, connectionOf: 0, hasAccepted: false)?.cookie == 5)
  }

  @Test func whatWasMissed() {
    var gone = GoneSockets()
    let own = end(17, from: 53, to: 9)
    var isLower = true
    let key = FlowKey(own.ends, sourceIsLower: &isLower)
    gone.miss(own, of: key)
    gone.miss(own, of: key)
    let use = use(by: 6, since: Self.second)
    #expect(gone.take(socket(6, port: 53), usedBy: use, told: 2 * Self.second).isEmpty)
    #expect(gone.take(socket(7, .datagram, port: 53), usedBy: use, told: 2 * Self.second) == [key])
    #expect(gone.take(socket(8, .datagram, port: 53), usedBy: use, told: 2 * Self.second).isEmpty)
    // One with a peer is of that flow only.
    let (one, another) = (end(6, from: 80, to: 1000), end(6, from: 80, to: 1001))
    let keys = [one, another].map { FlowKey($0.ends, sourceIsLower: &isLower) }
    gone.miss(one, of: keys[0])
    gone.miss(another, of: keys[1])
    #expect(gone.take(socket(9, port: 80, remote: (Self.here, 1001)), usedBy: use, told: 2 * Self.second) == [keys[1]])
  }
}
