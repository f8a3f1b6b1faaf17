import Glibc
import Linux
import Sockets
import Testing

/// The kernel's own sockets through the door, on real ones that the test opens.
@Suite struct InventoryLiveTests {
  /// The inode of an open socket.
  private func inode(_ descriptor: Int32) -> UInt64 {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  @Test func openSocketsAreListedAndFound() throws {
    let listener = try Socket<IPv4Endpoint, StreamStyle>()
    try listener.bind(to: .loopback(port: 0))
    let waiting = try listener.listen(backlog: 9)
    let address = try waiting.localAddress()
    let client = try Socket<IPv4Endpoint, StreamStyle>()
    try client.connect(to: address)
    let port = try client.localAddress().port

    var query = SocketQuery()
    query.families = [.inet, .inet6]
    query.withDetails = true
    let snapshot = try SocketInventory.read(query, through: OwnInspection())
    let row = try #require(snapshot.sockets.first { $0.inode == inode(waiting.rawValue) })
    #expect(row.state == .listen && row.acceptQueue == 1 && row.backlog == 9)
    #expect(row.local == .internet(.v4(0x7f00_0001), port: address.port, interface: 0))
    #expect(row.namespace != 0 && snapshot.namespaces == [row.namespace])
    let other = try #require(snapshot.sockets.first { $0.inode == inode(client.descriptor.rawValue) })
    #expect(other.state == .established && other.remote == row.local && other.details?.tcpInformation.isEmpty == false)

    query.states = [.listen]
    let listeners = try SocketInventory.read(query, through: OwnInspection())
    #expect(
      listeners.sockets.allSatisfy { $0.state == .listen } && listeners.sockets.contains { $0.inode == row.inode })

    let found = try SocketInventory.find(
      protocolNumber: UInt16(IPPROTO_TCP), source: .v4(0x7f00_0001), sourcePort: port,
      destination: .v4(0x7f00_0001), destinationPort: address.port, through: OwnInspection())
    #expect(found?.inode == other.inode && found?.cookie == other.cookie)
    let none = try SocketInventory.find(
      protocolNumber: UInt16(IPPROTO_TCP), source: .v4(0x7f00_0001), sourcePort: 0, destination: .v4(0x7f00_0001),
      destinationPort: 0, through: OwnInspection())
    #expect(none == nil)
  }

  @Test func socketsThatGoAreTold() throws {
    var events = try SocketDestroyEvents(through: OwnInspection())
    var port: UInt16 = 0
    do {
      let socket = try Socket<IPv4Endpoint, DatagramStyle>()
      try socket.bind(to: .loopback(port: 0))
      port = try socket.localAddress().port
    }
    // The kernel tells it from a work queue: a moment later.
    var gone: [SocketRecord] = []
    while !gone.contains(where: { $0.local == .internet(.v4(0x7f00_0001), port: port, interface: 0) }) {
      var waiter = pollfd(fd: events.descriptor, events: Int16(POLLIN), revents: 0)
      _ = unsafe poll(&waiter, 1, -1)
      while let record = try events.next() { gone.append(record) }
    }
    #expect(gone.allSatisfy { $0.cookie != nil })
  }
}
