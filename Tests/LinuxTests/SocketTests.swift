import Glibc
import Testing

@testable import Linux

/// What goes beside the octets, what the defaults are, and what is refused.
struct SocketTests {
  @Test func theDefaultProtocolIsWhatTheTypeSays() throws {
    #expect(Socket<IPv4Endpoint, StreamStyle>.defaultProtocol == Int32(IPPROTO_TCP))
    #expect(try Socket<IPv4Endpoint, StreamStyle>().protocolNumber() == Int32(IPPROTO_TCP))
    #expect(
      try Socket<IPv6Endpoint, StreamStyle>().protocolNumber() == Socket<IPv6Endpoint, StreamStyle>.defaultProtocol)
    #expect(Socket<IPv4Endpoint, DatagramStyle>.defaultProtocol == Int32(IPPROTO_UDP))
    #expect(try Socket<IPv4Endpoint, DatagramStyle>().protocolNumber() == Int32(IPPROTO_UDP))
    #expect(
      try Socket<IPv6Endpoint, DatagramStyle>().protocolNumber() == Socket<IPv6Endpoint, DatagramStyle>.defaultProtocol)
    #expect(try Socket<UnixName, StreamStyle>().protocolNumber() == Socket<UnixName, StreamStyle>.defaultProtocol)
    // NETLINK_ROUTE is 0.
    #expect(Socket<NetlinkEndpoint, RawStyle>.defaultProtocol == 0)
    #expect(try Socket<NetlinkEndpoint, RawStyle>(protocolNumber: 0).protocolNumber() == 0)
    #expect(try Socket<NetlinkEndpoint, RawStyle>(protocolNumber: 4).protocolNumber() == 4)
    #expect(try Socket<IPv4Endpoint, DatagramStyle>(protocolNumber: Int32(IPPROTO_UDPLITE)).protocolNumber() == 136)
  }

  @Test func aRawSocketOfNoProtocolIsRefused() {
    #expect(Socket<IPv4Endpoint, RawStyle>.defaultProtocol == nil)
    let error = #expect(throws: SystemError.self) { _ = try Socket<IPv4Endpoint, RawStyle>(protocolNumber: 0).take() }
    #expect(error == SystemError(call: "socket(AF_INET)", code: EPROTONOSUPPORT))
  }

  @Test func descriptorsAreHandedOver() throws {
    let pair = try SocketPair<StreamStyle>()
    let other = try SocketPair<DatagramStyle>()
    let passed = [other.first.descriptor.rawValue, other.second.descriptor.rawValue]
    #expect(try pair.first.send([1], passing: passed) == 1)
    var buffer = [UInt8](repeating: 0, count: 8)
    var received = try pair.second.receive(into: &buffer, room: ControlRoom(descriptors: 2))
    #expect(received.count == 1)
    #expect(received.isControlTruncated == false)
    let count = received.descriptors.count
    #expect(count == 2)
    guard let first = received.descriptors.next() else { return }
    #expect(!passed.contains(first.rawValue))
    #expect(fcntl(first.rawValue, F_GETFD) == FD_CLOEXEC)
    // It is the same socket.
    try Socket<UnixName, DatagramStyle>(first).send([5])
    #expect(try other.second.receive() == [5])
  }

  @Test func descriptorsThatNobodyTakesAreClosed() throws {
    let pair = try SocketPair<SequencedPacketStyle>()
    for room in [0, 2] {
      var ends: [Int32] = [-1, -1]
      try systemCall("pipe") { unsafe pipe(&ends) }
      let reader = Descriptor(owning: ends[0])
      do {
        let writer = Descriptor(owning: ends[1])
        try pair.first.send([1], passing: [writer.rawValue])
      }
      var buffer: [UInt8] = [0]
      do {
        let received = try pair.second.receive(into: &buffer, room: ControlRoom(descriptors: room))
        #expect(received.isControlTruncated == (room == 0))
        let count = received.descriptors.count
        #expect(count == (room == 0 ? 0 : 1))
      }
      // The pipe has an end only when no writer is left.
      #expect(unsafe read(reader.rawValue, &buffer, 1) == 0)
    }
  }

  @Test func credentialsComeWithMessagesAndConnections() throws {
    let pair = try SocketPair<DatagramStyle>()
    #expect(try pair.first.peerCredentials() == .own)
    try pair.second.passCredentials()
    try pair.first.send([1])
    try pair.first.send([2], passing: [pair.first.descriptor.rawValue], credentials: .own)
    for descriptors in [0, 1] {
      var buffer: [UInt8] = [0, 0]
      let received = try pair.second.receive(
        into: &buffer, room: ControlRoom(descriptors: 1, credentials: true))
      #expect(received.credentials == .own)
      let count = received.descriptors.count
      #expect(count == descriptors)
      #expect(received.control.isEmpty)
    }
  }

  @Test func whatTheKernelTellsBesideIsKept() throws {
    let receiver = try Socket<IPv4Endpoint, DatagramStyle>()
    try receiver.bind(to: .loopback(port: 0))
    try receiver.setOption(Int32(IPPROTO_IP), IP_RECVTTL, to: Int32(1), "IP_RECVTTL")
    let sender = try Socket<IPv4Endpoint, DatagramStyle>()
    try sender.setOption(Int32(IPPROTO_IP), IP_TTL, to: Int32(42), "IP_TTL")
    try sender.send([1], to: try receiver.localAddress())
    var buffer: [UInt8] = [0]
    let received = try receiver.receive(into: &buffer, room: ControlRoom(others: 64))
    #expect(received.control == [ControlMessage(level: Int32(IPPROTO_IP), type: IP_TTL, octets: [42, 0, 0, 0])])
  }

  @Test func aNonblockingSocketSaysThatItWouldWait() throws {
    let pair = try SocketPair<StreamStyle>()
    try pair.first.setNonblocking(true)
    #expect(throws: SystemError(call: "recvmsg(AF_UNIX)", code: EAGAIN)) { _ = try pair.first.receive() }
    #expect(throws: SystemError(call: "recvmsg(AF_UNIX)", code: EAGAIN)) {
      _ = try pair.second.receive(1, flags: .doNotWait)
    }
    try pair.first.setNonblocking(false)
    try pair.second.send([1])
    #expect(try pair.first.receive(1, flags: .peek) == [1])
    #expect(try pair.first.receive() == [1])
  }

  @Test func aLongStreamIsSentInPieces() async throws {
    let pair = try SocketPair<StreamStyle>()
    let octets = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let number = pair.second.take().take()
    let reader = Task.detached { () throws -> [UInt8] in
      let socket = Socket<UnixName, StreamStyle>(Descriptor(owning: number))
      var all: [UInt8] = []
      while true {
        let piece = try socket.receive(1 << 16)
        if piece.isEmpty { return all }
        all += piece
      }
    }
    try pair.first.sendAll(octets)
    try pair.first.shutdown(.sending)
    #expect(try await reader.value == octets)
  }

  @Test func aConnectionThatIsRefusedSaysSo() throws {
    let closed = try Socket<IPv4Endpoint, StreamStyle>()
    try closed.bind(to: .loopback(port: 0))
    let address = try closed.localAddress()
    let client = try Socket<IPv4Endpoint, StreamStyle>()
    #expect(throws: SystemError(call: "connect(AF_INET)", code: ECONNREFUSED)) { try client.connect(to: address) }
    #expect(throws: SystemError(call: "getpeername(AF_INET)", code: ENOTCONN)) { try client.peerAddress() }
  }

  @Test func aFullListenerRefusesToWait() throws {
    let server = try Socket<UnixName, StreamStyle>()
    try server.bind(to: .unnamed)
    let listener = try server.listen(backlog: 0)
    let name = try listener.localAddress()
    let first = try Socket<UnixName, StreamStyle>()
    try first.connect(to: name)
    let second = try Socket<UnixName, StreamStyle>()
    try second.setNonblocking(true)
    #expect(throws: SystemError(call: "connect(AF_UNIX)", code: EAGAIN)) { try second.connect(to: name) }
    try listener.setBacklog(1)
    try second.connect(to: name)
    try listener.setNonblocking(true)
    _ = try listener.accept().take()
    _ = try listener.accept().take()
    let error = #expect(throws: SystemError.self) { _ = try listener.accept().take() }
    #expect(error?.code == EAGAIN)
  }
}
