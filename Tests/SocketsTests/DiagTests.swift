import CLinux
import Glibc
import Linux
import Testing

@testable import Sockets

/// Messages of sock_diag's to records.
@Suite struct DiagTests {
  /// Reads a message as each codec would; all but one say that it is not for them.
  static func records(_ octets: [UInt8], protocolNumber: UInt16 = 6, withDetails: Bool = true) -> [SocketRecord] {
    var payload = NetlinkPayload(octets)
    var records: [SocketRecord] = []
    while let message = payload.nextMessage() {
      let all = [
        InetDiagnostics.record(message.payload, protocolNumber: protocolNumber, withDetails: withDetails),
        UnixDiagnostics.record(message.payload, withDetails: withDetails),
        PacketDiagnostics.record(message.payload, withDetails: withDetails, withFilters: true),
        NetlinkDiagnostics.record(message.payload, withDetails: withDetails),
        VsockDiagnostics.record(message.payload, withDetails: withDetails),
        XDPDiagnostics.record(message.payload, withDetails: withDetails),
      ]
      records += all.compactMap { $0 }
    }
    return records
  }

  static let loopback = InternetAddress.v4(0x7f00_0001), mappedLoopback = InternetAddress.v6(0xffff_7f00_0001)

  private func only(_ octets: [UInt8], _ protocolNumber: UInt16 = 6, withDetails: Bool = true) throws -> SocketRecord {
    let records = Self.records(octets, protocolNumber: protocolNumber, withDetails: withDetails)
    try #require(records.count == 1)
    return records[0]
  }

  @Test func aListenerHasItsQueueAndBacklog() throws {
    let record = try only(DiagSamples.listener6)
    #expect(record.family == .inet6 && record.type == .stream && record.state == .listen)
    #expect(record.local == .internet(.v6(0), port: 8080, interface: 0) && record.remote == nil)
    #expect(record.acceptQueue == 1 && record.backlog == 7 && record.receiveQueue == 0 && record.sendQueue == 0)
    #expect(record.inode == 2_454_201 && record.cookie == 306_903 && record.uid == 0)
    #expect(record.isIPv6Only == false)
    let details = try #require(record.details)
    #expect(details.congestionControl == Array("bbr".utf8) && details.mark == 0 && details.cgroup == 1)
    #expect(details.options == 0x12 && details.typeOfService == 0 && details.tcpInformation.isEmpty)
    #expect(details.memory == [0, 131_072, 0, 16_384, 0, 0, 0, 0, 0])
    let plain = try only(DiagSamples.listener6, withDetails: false)
    #expect(plain.details == nil && plain.isIPv6Only == false)
  }

  @Test func connectionsHaveBothEnds() throws {
    let record = try only(DiagSamples.established)
    #expect(record.family == .inet && record.state == .established && record.acceptQueue == nil)
    #expect(record.local == .internet(Self.loopback, port: 40000, interface: 0))
    #expect(record.remote == .internet(Self.loopback, port: 8080, interface: 0))
    #expect(record.details?.congestionControl == Array("cubic".utf8) && record.isIPv6Only == nil)
    let other = try only(DiagSamples.mapped)
    #expect(other.family == .inet6 && other.receiveQueue == 5)
    #expect(other.local == .internet(Self.mappedLoopback, port: 8080, interface: 0))
    #expect(other.remote == .internet(Self.mappedLoopback, port: 40000, interface: 0))
    #expect(other.details?.typeOfService == 0x20)
  }

  @Test func timeWaitHasNoOwner() throws {
    let record = try only(DiagSamples.timeWait)
    #expect(record.state == .timeWait && record.inode == 0 && record.uid == nil && record.cookie == 306_905)
    #expect(record.details?.timer == 3 && record.details?.timerMilliseconds == 59_800)
  }

  @Test func multipathHasSubflows() throws {
    let subflow = try only(DiagSamples.subflow)
    #expect(subflow.details?.upperLayerProtocol == Array("mptcp".utf8) && subflow.protocolNumber == 6)
    #expect((subflow.details?.tcpInformation.count ?? 0) > 200)
    let whole = try only(DiagSamples.multipath, UInt16(IPPROTO_MPTCP))
    #expect(whole.protocolNumber == UInt16(IPPROTO_MPTCP) && whole.type == .stream)
    #expect(whole.details?.mptcpInformation.count == 96 && whole.details?.tcpInformation == [])
    #expect(whole.inode == subflow.inode && whole.cookie != subflow.cookie)
  }

  @Test func datagramsWithoutPeerAreUnconnected() throws {
    let record = try only(DiagSamples.datagram6, 17)
    #expect(record.type == .datagram && record.state == .unconnected && record.isIPv6Only == true)
    #expect(record.local == .internet(.v6(0), port: 5353, interface: 0) && record.remote == nil)
  }

  @Test func unixSocketsHaveNamesAndPeers() throws {
    let listener = try only(DiagSamples.unixListener)
    #expect(listener.local == .unix(.abstract(Array("a b\nc\0@d".utf8))) && listener.state == .listen)
    #expect(listener.acceptQueue == 1 && listener.backlog == 5 && listener.uid == 0)
    #expect(listener.details?.pendingInodes == [2_454_275])
    let stream = try only(DiagSamples.unixStream)
    #expect(stream.state == .established && stream.peerInode == 2_454_277 && stream.receiveQueue == 3)
    #expect(stream.local == .unix(.unnamed) && stream.details?.memory.count == 9)
    // The kernel says established for both of these.
    let datagram = try only(DiagSamples.unixDatagram)
    #expect(datagram.state == .unconnected && datagram.local == .unix(.path(Array("/tmp/record.socket".utf8))))
    let place = try #require(datagram.details?.pathInode)
    #expect(place.inode == 16_222_424 && place.device == 266_338_304)
    let peer = try only(DiagSamples.unixDatagramPeer)
    #expect(peer.state == .established && peer.peerInode == datagram.inode)
  }

  @Test func packetSocketsHaveRingsAndFilters() throws {
    let record = try only(DiagSamples.packet)
    #expect(record.local == .packet(interface: 1, protocolNumber: 3) && record.type == .raw && record.uid == 0)
    let details = try #require(record.details)
    // Four instructions of struct sock_filter: the first loads a half word at 12.
    #expect(details.filter.count == 32 && details.filter[0] == 0x28 && details.filter[4] == 12)
    #expect(!details.isFilterUnknown)
    let packet = try #require(details.packet)
    #expect(packet.version == 2 && packet.isPromiscuous && packet.flags == 1 && packet.transmitRing == nil)
    #expect(packet.fanout?.group == 7 && packet.fanout?.mode == 2)
    let ring = try #require(packet.receiveRing)
    #expect(ring.blockSize == 4096 && ring.blockCount == 2 && ring.frameSize == 2048 && ring.frameCount == 4)
    #expect(ring.retireMilliseconds == 60)
  }

  @Test func netlinkSocketsHaveGroups() throws {
    let record = try only(DiagSamples.netlink)
    #expect(record.local == .netlink(portID: 1000, groups: [1, 3, 17]) && record.remote == nil)
    #expect(record.protocolNumber == 0 && record.type == .raw && record.state == .unconnected)
    #expect(record.details?.netlinkFlags == 0 && record.uid == nil)
  }

  @Test func virtualMachineSocketsHaveBothEnds() throws {
    // struct vsock_diag_msg behind a netlink header; made from its declaration, since this kernel lists none.
    let octets: [UInt8] = [
      0x34, 0, 0, 0,  // length
      0x14, 0, 2, 0,  // type, flags
      1, 0, 0, 0, 1, 0, 0, 0,  // sequence, port
      40, 1, 1, 2,  // AF_VSOCK, SOCK_STREAM, established, sends no more
      3, 0, 0, 0, 0x00, 0x04, 0, 0,  // source: context 3, port 1024
      2, 0, 0, 0, 0x16, 0, 0, 0,  // destination: the host, port 22
      9, 0, 0, 0,  // inode
      5, 0, 0, 0, 0, 0, 0, 0,  // cookie
      0, 0, 0, 0, 0, 0, 0, 0,
    ]
    let record = try only(octets)
    #expect(record.local == .vsock(context: 3, port: 1024) && record.remote == .vsock(context: 2, port: 22))
    #expect(record.state == .established && record.details?.shutdown == 2 && record.inode == 9)
  }

  @Test func expressDataPathSocketsHaveAnInterface() throws {
    // struct xdp_diag_msg behind a netlink header; made from its declaration, since this kernel lists none.
    let octets: [UInt8] = [
      0x40, 0, 0, 0,  // length
      0x14, 0, 2, 0,  // type, flags
      1, 0, 0, 0, 1, 0, 0, 0,  // sequence, port
      44, 3, 0, 0,  // AF_XDP, SOCK_RAW
      9, 0, 0, 0,  // inode
      5, 0, 0, 0, 0, 0, 0, 0,  // cookie
      12, 0, 1, 0, 2, 0, 0, 0, 4, 0, 0, 0,  // XDP_DIAG_INFO: interface 2, queue 4
      8, 0, 2, 0, 0xe8, 3, 0, 0,  // XDP_DIAG_UID
      8, 0, 3, 0, 0, 8, 0, 0,  // XDP_DIAG_RX_RING
      4, 0, 99, 0,  // an attribute that nobody knows
    ]
    let record = try only(octets)
    #expect(record.local == .xdp(interface: 2, queue: 4) && record.uid == 1000 && record.inode == 9)
    #expect(record.details?.xdp?.receiveRingEntries == 2048 && record.details?.xdp?.transmitRingEntries == nil)
  }

  static let samples = [
    DiagSamples.listener6, DiagSamples.established, DiagSamples.mapped, DiagSamples.timeWait, DiagSamples.subflow,
    DiagSamples.multipath, DiagSamples.datagram6, DiagSamples.unixListener, DiagSamples.unixStream,
    DiagSamples.unixDatagram, DiagSamples.unixDatagramPeer, DiagSamples.packet, DiagSamples.netlink,
  ]

  /// A message that is shorter than it says is none; one that is shorter has less to tell.
  @Test(arguments: samples) func cutMessagesAreRead(_ octets: [UInt8]) {
    for length in 0..<octets.count {
      #expect(Self.records(Array(octets[..<length])).isEmpty)
      var cut = Array(octets[..<length])
      guard length >= 4 else { continue }
      cut[0] = UInt8(truncatingIfNeeded: length)
      cut[1] = UInt8(truncatingIfNeeded: length >> 8)
      #expect(Self.records(cut).count <= 1)
    }
  }

  /// Every length and type in a message may lie: nothing beyond it is read, and nothing traps.
  @Test(arguments: samples) func lyingMessagesAreRead(_ octets: [UInt8]) {
    var areBounded = true
    for place in octets.indices {
      for octet in [0x00, 0x03, 0x7f, 0xff] as [UInt8] {
        var damaged = octets
        damaged[place] = octet
        for number in [6, 132, 262] as [UInt16] {
          let records = Self.records(damaged, protocolNumber: number)
          areBounded = areBounded && records.count <= octets.count / 16
          for record in records {
            areBounded = areBounded && (record.details?.memory.count ?? 0) <= octets.count / 4
          }
        }
      }
    }
    #expect(areBounded)
  }
}
