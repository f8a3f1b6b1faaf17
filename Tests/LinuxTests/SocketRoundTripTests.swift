import Glibc
import Linux
import Testing

private let needsRoot: Comment = "raw and packet sockets need root"
private let sequenced = Availability("sequenced packets of IPv4, which are SCTP") { () throws(SystemError) in
  _ = try Socket<IPv4Endpoint, SequencedPacketStyle>().take()
}
private let sequenced6 = Availability("sequenced packets of IPv6, which are SCTP") { () throws(SystemError) in
  _ = try Socket<IPv6Endpoint, SequencedPacketStyle>().take()
}
private let virtualStream = Availability("vsock loopback") { () throws(SystemError) in
  try tryVirtual(try Socket<VirtualMachineEndpoint, StreamStyle>(), try Socket())
}
private let virtualSequenced = Availability("vsock loopback, sequenced packets") { () throws(SystemError) in
  try tryVirtual(try Socket<VirtualMachineEndpoint, SequencedPacketStyle>(), try Socket())
}
private let virtualDatagram = Availability("vsock datagrams") { () throws(SystemError) in
  let socket = try Socket<VirtualMachineEndpoint, DatagramStyle>()
  try socket.bind(to: VirtualMachineEndpoint(context: VirtualMachineEndpoint.localContext, port: 0x5eee))
}
/// Connects with a listener of this machine, which only some transports allow.
private func tryVirtual<Style: ConnectionStyle>(
  _ server: consuming Socket<VirtualMachineEndpoint, Style>, _ client: borrowing Socket<VirtualMachineEndpoint, Style>
) throws(SystemError) {
  try server.bind(
    to: VirtualMachineEndpoint(context: VirtualMachineEndpoint.anyContext, port: VirtualMachineEndpoint.anyPort))
  let listener = try server.listen(backlog: 1)
  let port = try listener.localAddress().port
  try client.connect(to: VirtualMachineEndpoint(context: VirtualMachineEndpoint.localContext, port: port))
}

/// Octets go there and back on real sockets of every domain and type that the kernel has.
struct SocketRoundTripTests {
  @Test func unixStream() throws {
    let path = TemporaryPath("stream")
    for name in [path.name, .abstract("sockeye stream \(getpid())"), .unnamed] {
      try connection(try Socket<UnixName, StreamStyle>(), try Socket(), at: name)
    }
  }

  @Test func unixSequencedPackets() throws {
    let path = TemporaryPath("seqpacket")
    for name in [path.name, .abstract("sockeye seqpacket \(getpid())"), .unnamed] {
      try connection(try Socket<UnixName, SequencedPacketStyle>(), try Socket(), at: name)
    }
  }

  @Test func unixDatagrams() throws {
    let path = TemporaryPath("dgram")
    for name in [path.name, .abstract("sockeye dgram \(getpid())"), .unnamed] {
      try datagrams(try Socket<UnixName, DatagramStyle>(), try Socket(), at: name, from: .unnamed)
    }
  }

  @Test func unixPairs() throws {
    let streams = try SocketPair<StreamStyle>()
    try exchange(streams.first, streams.second)
    let datagrams = try SocketPair<DatagramStyle>()
    try exchange(datagrams.first, datagrams.second)
    let records = try SocketPair<SequencedPacketStyle>()
    try exchange(records.first, records.second)
    #expect(try records.first.localAddress() == .unnamed)
    #expect(try records.first.peerAddress() == .unnamed)
  }

  @Test func internetStreams() throws {
    try connection(try Socket<IPv4Endpoint, StreamStyle>(), try Socket(), at: .loopback(port: 0))
    try connection(try Socket<IPv6Endpoint, StreamStyle>(), try Socket(), at: .loopback(port: 0))
  }

  @Test func internetDatagrams() throws {
    let any = IPv4Endpoint.loopback(port: 0)
    try datagrams(try Socket<IPv4Endpoint, DatagramStyle>(), try Socket(), at: any, from: any)
    let any6 = IPv6Endpoint.loopback(port: 0)
    try datagrams(try Socket<IPv6Endpoint, DatagramStyle>(), try Socket(), at: any6, from: any6)
    let lite = Int32(IPPROTO_UDPLITE)
    try datagrams(
      try Socket<IPv4Endpoint, DatagramStyle>(protocolNumber: lite), try Socket(protocolNumber: lite), at: any,
      from: any)
  }

  @Test(.enabled(if: sequenced.works, sequenced.comment)) func internetSequencedPackets() throws {
    let any = IPv4Endpoint.loopback(port: 0)
    try oneToMany(try Socket<IPv4Endpoint, SequencedPacketStyle>(), try Socket(), at: any)
  }

  @Test(.enabled(if: sequenced6.works, sequenced6.comment)) func internet6SequencedPackets() throws {
    let any = IPv6Endpoint.loopback(port: 0)
    try oneToMany(try Socket<IPv6Endpoint, SequencedPacketStyle>(), try Socket(), at: any)
  }

  // 253 is for experiments. RFC 3692.
  @Test(.enabled(if: geteuid() == 0, needsRoot)) func internetRaw() throws {
    let socket = try Socket<IPv4Endpoint, RawStyle>(protocolNumber: 253)
    try socket.bind(to: .loopback(port: 0))
    try socket.send([1, 2, 3], to: .loopback(port: 0))
    var buffer = [UInt8](repeating: 0, count: 64)
    let received = try socket.receive(into: &buffer)
    #expect(received.count == 23)  // with the IPv4 header
    #expect(Array(buffer[20..<23]) == [1, 2, 3])
    #expect(buffer[9] == 253)  // the header's protocol
    #expect(received.source == .loopback(port: 0))
    let socket6 = try Socket<IPv6Endpoint, RawStyle>(protocolNumber: 253)
    try socket6.bind(to: .loopback(port: 0))
    try socket6.connect(to: .loopback(port: 0))
    try socket6.send([4, 5])
    #expect(try socket6.receive() == [4, 5])  // without the IPv6 header
  }

  @Test func netlink() throws {
    try netlinkAnswers(try Socket<NetlinkEndpoint, RawStyle>(protocolNumber: 0))
    try netlinkAnswers(try Socket<NetlinkEndpoint, DatagramStyle>())
  }

  @Test(.enabled(if: geteuid() == 0, needsRoot)) func packetFrames() throws {
    let loopback = try LinkQuery(name: "lo").index
    let number: UInt16 = 0x88b5  // for local experiments: IEEE 802
    let end = PacketEndpoint(interface: loopback, protocolNumber: number, hardwareAddress: [0, 0, 0, 0, 0, 0])
    let raw = try Socket<PacketEndpoint, RawStyle>(protocolNumber: 0)
    let cooked = try Socket<PacketEndpoint, DatagramStyle>()
    try raw.bind(to: end)
    try cooked.bind(to: end)
    #expect(try cooked.localAddress().protocolNumber == number)
    let frame = [UInt8](repeating: 0, count: 12) + [0x88, 0xb5, 7, 8, 9]
    try raw.send(frame)
    // A socket of one protocol sees what comes in only, here on the loopback interface its own frame as well.
    var buffer = [UInt8](repeating: 0, count: 64)
    let received = try raw.receive(into: &buffer)
    #expect(Array(buffer[..<received.count]) == frame)
    #expect(received.source?.hardwareType == 772)  // ARPHRD_LOOPBACK
    #expect(received.source?.protocolNumber == number)
    #expect(try cooked.receive() == [7, 8, 9])
    try cooked.send([1, 2], to: end)
    #expect(try raw.receive() == [UInt8](repeating: 0, count: 12) + [0x88, 0xb5, 1, 2])
  }

  @Test(.enabled(if: virtualStream.works, virtualStream.comment)) func virtualMachineStreams() throws {
    try virtualConnection(try Socket<VirtualMachineEndpoint, StreamStyle>(), try Socket())
  }

  @Test(.enabled(if: virtualSequenced.works, virtualSequenced.comment)) func virtualMachineSequencedPackets() throws {
    try virtualConnection(try Socket<VirtualMachineEndpoint, SequencedPacketStyle>(), try Socket())
  }

  @Test(.enabled(if: virtualDatagram.works, virtualDatagram.comment)) func virtualMachineDatagrams() throws {
    let end = VirtualMachineEndpoint(
      context: VirtualMachineEndpoint.localContext, port: VirtualMachineEndpoint.anyPort)
    try datagrams(try Socket<VirtualMachineEndpoint, DatagramStyle>(), try Socket(), at: end, from: end)
  }

  /// Binds, listens, connects, accepts, sends both ways, and ends one direction after the other.
  private func connection<Endpoint: SocketEndpoint, Style: ConnectionStyle>(
    _ server: consuming Socket<Endpoint, Style>, _ client: consuming Socket<Endpoint, Style>, at endpoint: Endpoint
  ) throws {
    try server.bind(to: endpoint)
    let listener = try server.listen(backlog: 4)
    let address = try listener.localAddress()
    try client.connect(to: address)
    let accepted = try listener.accept()
    #expect(fcntl(accepted.descriptor.rawValue, F_GETFD) == FD_CLOEXEC)
    #expect(try client.peerAddress() == address)
    #expect(try accepted.peerAddress() == client.localAddress())
    try exchange(client, accepted)
  }

  private func virtualConnection<Style: ConnectionStyle>(
    _ server: consuming Socket<VirtualMachineEndpoint, Style>, _ client: consuming Socket<VirtualMachineEndpoint, Style>
  ) throws {
    let local = VirtualMachineEndpoint.localContext
    try connection(server, client, at: VirtualMachineEndpoint(context: local, port: VirtualMachineEndpoint.anyPort))
  }

  /// Sends both ways between connected ends; records stay apart, a stream runs together, and an end is seen.
  private func exchange<Endpoint, Style: DefiniteStyle>(
    _ first: borrowing Socket<Endpoint, Style>, _ second: borrowing Socket<Endpoint, Style>
  ) throws {
    #expect(try first.send([1, 2, 3]) == 3)
    #expect(try first.send([4, 5]) == 2)
    if Style.keepsRecords {
      #expect(try second.receive() == [1, 2, 3])
      #expect(try second.receive() == [4, 5])
    } else {
      #expect(try second.receive(5, flags: .waitForAll) == [1, 2, 3, 4, 5])
    }
    try second.send([6])
    #expect(try first.receive() == [6])
    // A pair of datagram sockets has an end too, once it is shut down.
    try first.shutdown(.sending)
    if Style.self != DatagramStyle.self { #expect(try second.receive() == []) }
    try second.send([7])
    #expect(try first.receive() == [7])
    let error = #expect(throws: SystemError.self) { try first.send([8]) }
    #expect(error?.code == EPIPE)  // and no signal, which would have ended this process
  }

  /// Sends records from one socket to the other's address, and back to where they came from.
  private func datagrams<Endpoint: SocketEndpoint>(
    _ server: consuming Socket<Endpoint, DatagramStyle>, _ client: consuming Socket<Endpoint, DatagramStyle>,
    at endpoint: Endpoint, from local: Endpoint
  ) throws {
    try server.bind(to: endpoint)
    try client.bind(to: local)
    let address = try server.localAddress()
    let own = try client.localAddress()
    try client.send([1, 2, 3, 4, 5, 6], to: address)
    try client.send([], to: address)
    try client.send([7], to: address)
    var buffer = [UInt8](repeating: 0, count: 4)
    let first = try server.receive(into: &buffer)
    #expect(buffer == [1, 2, 3, 4])
    #expect(first.count == 4)
    #expect(first.recordLength == 6)
    #expect(first.isTruncated == true)
    #expect(first.source == own)
    #expect(try server.receive() == [])
    let last = try server.receive(into: &buffer)
    #expect(last.count == 1)
    #expect(last.isTruncated == false)
    try server.connect(to: own)
    try server.send([8])
    #expect(try client.receive() == [8])
    try server.disconnect()
    #expect(throws: SystemError.self) { try server.peerAddress() }
  }

  /// SCTP's socket for many peers: it listens, and a message makes the association.
  private func oneToMany<Endpoint: SocketEndpoint>(
    _ server: consuming Socket<Endpoint, SequencedPacketStyle>,
    _ client: consuming Socket<Endpoint, SequencedPacketStyle>,
    at endpoint: Endpoint
  ) throws {
    try server.bind(to: endpoint)
    let address = try server.localAddress()
    let listener = try server.listen(backlog: 1)
    try client.connect(to: address)
    try client.send([1, 2])
    let receiver = Socket<Endpoint, SequencedPacketStyle>(listener.take())
    var buffer = [UInt8](repeating: 0, count: 8)
    let received = try receiver.receive(into: &buffer)
    #expect(Array(buffer[..<received.count]) == [1, 2])
    #expect(received.endsRecord == true)
  }

  /// Asks for the loopback interface's link, and gets it from the kernel.
  private func netlinkAnswers<Style: ConnectionlessStyle>(_ socket: consuming Socket<NetlinkEndpoint, Style>) throws {
    try socket.bind(to: NetlinkEndpoint())
    #expect(try socket.localAddress().portID != 0)
    let request: [UInt8] = [
      32, 0, 0, 0,  // length
      18, 0,  // RTM_GETLINK
      1, 0,  // NLM_F_REQUEST
      9, 0, 0, 0,  // sequence number
      0, 0, 0, 0,  // from this process
      0, 0, 0, 0,  // any family, any type
      1, 0, 0, 0,  // interface 1
      0, 0, 0, 0, 0, 0, 0, 0,  // flags, change
    ]
    try socket.send(request, to: .kernel)
    var buffer = [UInt8](repeating: 0, count: 16)
    let received = try socket.receive(into: &buffer)
    #expect(received.source == .kernel)
    #expect(buffer[4] == 16)  // RTM_NEWLINK
    #expect(received.isTruncated == true)
    #expect(received.recordLength > 32)
    #expect(received.count == 16)
  }
}
