import CLinux
import Glibc
import Testing

@testable import Sockets

/// Files of /proc/net, recorded (Linux 6.18, x86) except for those of SCTP, which are as the kernel's source writes them.
@Suite struct ProcNetTests {
  static let tcp = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1F91 00000000:0000 0A 00000000:00000001 00:00000000 00000000  1000        0 2443887 2 00000000881bef26 100 0 0 10 0
       1: 0100007F:8D7E 0100007F:1F91 01 0000000A:00000003 01:00000014 00000002     0        0 2443888 2 0000000060377ada 20 0 0 11 -1
       2: 0100007F:8D7F 0100007F:1F91 06 00000000:00000000 03:00001766 00000000     0        0 0 3 0000000060377adb

    """
  static let tcp6 = """
      sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2443841 1 000000006c27031f 100 0 0 10 0
       1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2443842 1 000000006c270320 20 0 0 10 -1

    """
  static let raw = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
     192: 00000000:0001 00000000:0000 07 00000000:00000240 00:00000000 00000000     0        0 2443885 2 0000000040a48819 0

    """
  static let icmp = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             
       44: 0100007F:004D 0200007F:0000 01 00000000:00000000 00:00000000 00000000     0        0 2443886 2 000000008941d1e3 0       

    """
  static let packet = """
    sk               RefCnt Type Proto  Iface R Rmem   User   Inode
    00000000dae76c24 3      3    88cc   2     1 832    1000   2443877

    """
  static let netlink = """
    sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
    000000001c00643f 15  1000       80010005 256      0        0     2        0        2443879 

    """
  /// A name with a blank, a line break and a zero; one that a listener has; a pair without names; a path.
  static let unix = """
    Num       RefCount Protocol Flags    Type St Inode Path
    00000000a0a85c96: 00000003 00000000 00000000 0001 03 2443873
    0000000041dd78ed: 00000003 00000000 00000000 0001 02     0 @a b
    c@@d
    00000000808cbdb5: 00000002 00000000 00000000 0002 01 2443875 /tmp/record socket
    00000000deaa9e32: 00000002 00000000 00010000 0005 01 2443869 @a b
    c@@d
    00000000deaa9e33: 00000002 00000000 00000000 0001 01 2443870

    """
  static let endpoints = """
     ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
    ffff88017e0a0200 ffff880300f7fa00 2   10  29   6000   1000 24398 10.0.0.1 10.0.0.2 
    ffff88017e0a0201 ffff880300f7fa01 0   7   29   6001   0 24399 2001:0db8:0000:0000:0000:0000:0000:0001 

    """
  static let associations = """
     ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS HBINT INS OUTS
    ffff8803217b9000 ffff8801c6321580 2   1   3  1    7        4        9     1000 271450 9000  6000  *10.0.0.1 10.0.0.3 <-> *10.0.0.2 10.0.0.4 \t    7500    10    10

    """

  private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func connectionsAreRead() throws {
    let records = ProcNetInet.records(
      octets(Self.tcp), family: .inet, protocolNumber: UInt16(IPPROTO_TCP), withDetails: true)
    try #require(records.count == 3)
    #expect(records[0].state == .listen && records[0].acceptQueue == 1 && records[0].backlog == nil)
    #expect(records[0].local == .internet(.v4(0x7f00_0001), port: 8081, interface: 0) && records[0].remote == nil)
    #expect(records[0].uid == 1000 && records[0].inode == 2_443_887 && records[0].receiveQueue == 0)
    #expect(records[1].state == .established && records[1].sendQueue == 10 && records[1].receiveQueue == 3)
    #expect(records[1].remote == .internet(.v4(0x7f00_0001), port: 8081, interface: 0))
    #expect(records[1].details?.timer == 1 && records[1].details?.timerMilliseconds == 200)
    #expect(records[1].details?.retransmits == 2)
    // time_wait has no owner any more.
    #expect(records[2].state == .timeWait && records[2].inode == 0 && records[2].uid == nil)
  }

  @Test func mappedAddressesStayIPv6() throws {
    let records = ProcNetInet.records(
      octets(Self.tcp6), family: .inet6, protocolNumber: UInt16(IPPROTO_TCP), withDetails: false)
    try #require(records.count == 2)
    #expect(records[0].local == .internet(.v6(0), port: 8080, interface: 0) && records[0].details == nil)
    #expect(records[1].local == .internet(.v6(0xffff_7f00_0001), port: 8080, interface: 0))
    #expect(records[1].remote == .internet(.v6(0xffff_7f00_0002), port: 40000, interface: 0))
  }

  @Test func rawAndPingSocketsAreRead() throws {
    let raw = ProcNetInet.records(
      octets(Self.raw), family: .inet, protocolNumber: UInt16(IPPROTO_RAW), withDetails: false)
    try #require(raw.count == 1)
    #expect(raw[0].type == .raw && raw[0].protocolNumber == 1 && raw[0].state == .unconnected)
    #expect(raw[0].local == .internet(.v4(0), port: 0, interface: 0) && raw[0].receiveQueue == 0x240)
    let ping = ProcNetInet.records(
      octets(Self.icmp), family: .inet, protocolNumber: UInt16(IPPROTO_ICMP), withDetails: false)
    try #require(ping.count == 1)
    #expect(ping[0].type == .datagram && ping[0].protocolNumber == 1 && ping[0].state == .established)
    #expect(ping[0].local == .internet(.v4(0x7f00_0001), port: 77, interface: 0))
    #expect(ping[0].remote == .internet(.v4(0x7f00_0002), port: 0, interface: 0))
  }

  @Test func unixNamesMayHoldAnything() throws {
    let records = ProcNetUnix.records(octets(Self.unix))
    try #require(records.count == 5)
    #expect(records[0].local == .unix(.unnamed) && records[0].state == .established)
    // The zeros of an abstract name are written as @: which was which is lost.
    let name = SocketAddress.unix(.abstract(octets("a b\nc@@d")))
    #expect(records[1].local == name && records[1].state == .established && records[1].inode == 0)
    #expect(records[2].local == .unix(.path(octets("/tmp/record socket"))) && records[2].state == .unconnected)
    #expect(records[3].local == name && records[3].state == .listen && records[3].type == .sequencedPacket)
    #expect(records[4].local == .unix(.unnamed) && records[4].state == .close)
  }

  @Test func packetAndNetlinkSocketsAreRead() throws {
    let packets = ProcNetPacket.records(octets(Self.packet))
    try #require(packets.count == 1)
    #expect(packets[0].local == .packet(interface: 2, protocolNumber: 0x88cc) && packets[0].type == .raw)
    #expect(packets[0].receiveQueue == 832 && packets[0].uid == 1000 && packets[0].inode == 2_443_877)
    let netlinks = ProcNetNetlink.records(octets(Self.netlink))
    try #require(netlinks.count == 1)
    #expect(netlinks[0].local == .netlink(portID: 1000, groups: [1, 3, 17, 32]) && netlinks[0].protocolNumber == 15)
    #expect(netlinks[0].receiveQueue == 256 && netlinks[0].inode == 2_443_879)
  }

  @Test func associationsAreRead() throws {
    let four = ProcNetSCTP.endpoints(octets(Self.endpoints), family: .inet)
    try #require(four.count == 1)
    #expect(four[0].local == .internet(.v4(0x0a00_0001), port: 6000, interface: 0) && four[0].state == .listen)
    #expect(four[0].type == .stream && four[0].uid == 1000 && four[0].inode == 24398)
    let six = ProcNetSCTP.endpoints(octets(Self.endpoints), family: .inet6)
    try #require(six.count == 1)
    #expect(six[0].local == .internet(.v6(0x2001_0db8 << 96 | 1), port: 6001, interface: 0))
    #expect(six[0].type == .sequencedPacket)
    let associations = ProcNetSCTP.associations(octets(Self.associations), family: .inet)
    try #require(associations.count == 1)
    #expect(associations[0].state == .established && associations[0].inode == 271_450)
    #expect(associations[0].remote == .internet(.v4(0x0a00_0002), port: 6000, interface: 0))
    #expect(associations[0].sendQueue == 4 && associations[0].receiveQueue == 9)
  }

  @Test func socketsAreCounted() {
    let text = """
      protocol  size sockets  memory press maxhdr  slab module     cl co
      PACKET    1600      0      -1   NI       0   no   kernel      n  n
      XDP       1088     12      -1   NI       0   no   kernel      n  n
      UDP-Lite  1344     -1       0   NI       0   yes  kernel      y  y

      """
    #expect(ProcNetProtocols.count(of: "PACKET", in: octets(text)) == 0)
    #expect(ProcNetProtocols.count(of: "XDP", in: octets(text)) == 12)
    #expect(ProcNetProtocols.count(of: "UDP-Lite", in: octets(text)) == nil)
    #expect(ProcNetProtocols.count(of: "AF_VSOCK", in: octets(text)) == nil)
  }

  /// Cut anywhere and with any octet changed, a file gives no more sockets than it has lines, and never a trap.
  @Test(arguments: [tcp, tcp6, raw, icmp, packet, netlink, unix, endpoints, associations])
  func damagedListsAreRead(_ text: String) {
    func read(_ octets: [UInt8]) -> Int {
      var most = 0
      for family in [SocketFamily.inet, .inet6] {
        let number = UInt16(family == .inet ? IPPROTO_RAW : IPPROTO_TCP)
        let records = ProcNetInet.records(octets, family: family, protocolNumber: number, withDetails: true)
        most = max(most, records.count)
        most = max(most, ProcNetSCTP.endpoints(octets, family: family).count)
        most = max(most, ProcNetSCTP.associations(octets, family: family).count)
      }
      most = max(most, ProcNetUnix.records(octets).count, ProcNetPacket.records(octets).count)
      return max(most, ProcNetNetlink.records(octets).count)
    }
    let whole = octets(text)
    let lines = whole.count { $0 == UInt8(ascii: "\n") }
    var areBounded = true
    for length in 0...whole.count { areBounded = areBounded && read(Array(whole[..<length])) <= lines }
    for place in whole.indices {
      for octet in [0x0a, 0xff] as [UInt8] {
        var damaged = whole
        damaged[place] = octet
        areBounded = areBounded && read(damaged) <= lines + 1
      }
    }
    #expect(areBounded)
  }
}
