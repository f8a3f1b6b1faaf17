import CLinux
import Glibc

/// The seam for a socket that sees the first packets of flows. Needs CAP_NET_RAW.
public protocol FlowScoutDoor: Sendable {
  /// Opens one; 0 is every interface. `seesConnections`: whether it sees TCP.
  func flowScout(interface: Int32, filter: FilterProgram?, seesConnections: Bool) throws(SystemError) -> FlowScout
}

extension OwnInspection: FlowScoutDoor {
  public func flowScout(
    interface: Int32, filter: FilterProgram?, seesConnections: Bool
  ) throws(SystemError) -> FlowScout {
    try FlowScout(interface: interface, filter: filter, seesConnections: seesConnections)
  }
}

/// A packet socket that is told at once of packets that may begin a flow: a ring hands its packets over some milliseconds
/// later, when a short-lived socket is gone.
///
/// It sees TCP segments with SYN, where that is asked for, and, as long as that is not too much, every UDP datagram and echo request,
/// each without its link header and cut to what tells its ends.
public final class FlowScout {
  /// A packet that it saw.
  public struct Sighting {
    /// The EtherType in host order.
    public var type: UInt16
    /// When the kernel saw it, in nanoseconds since the Epoch; 0 where that is not told.
    public var time: Int64
    /// The interface's index.
    public var interface: Int32
  }

  private let socket: PacketSocket
  private let filter: FilterProgram?
  private let seesConnections: Bool
  /// The octets of the packet that was taken last.
  private var octets = [UInt8](repeating: 0, count: FlowScout.snapLength)
  /// How many of them it has.
  private var count = 0
  /// Whether it sees UDP too.
  public private(set) var seesDatagrams = true

  /// What tells the ends: an IPv4 header with options, or an IPv6 header with some extension headers, and ports.
  private static let snapLength = 128
  /// Room for a few hundred packets: more would not be looked at in time.
  private static let receiveBuffer: Int32 = 1 << 18

  init(interface: Int32, filter: FilterProgram?, seesConnections: Bool) throws(SystemError) {
    let opened = try PacketSocket(cooked: true)
    self.filter = filter
    self.seesConnections = seesConnections
    try opened.attach(Self.program(behind: filter, withDatagrams: true, withConnections: seesConnections))
    try? opened.setOption(SOL_SOCKET, SO_RCVBUF, to: Self.receiveBuffer, "SO_RCVBUF")
    try opened.setOption(SOL_SOCKET, SO_TIMESTAMPNS, to: Int32(1), "SO_TIMESTAMPNS")
    try opened.bind(to: PacketEndpoint(interface: interface, protocolNumber: PacketEndpoint.everyProtocol))
    socket = opened
  }

  /// The number of the descriptor, readable when a packet waits.
  public var descriptor: Int32 { socket.descriptor.rawValue }

  /// Lets it see UDP, or not.
  public func setSeesDatagrams(_ wanted: Bool) throws(SystemError) {
    guard wanted != seesDatagrams else { return }
    try socket.attach(Self.program(behind: filter, withDatagrams: wanted, withConnections: seesConnections))
    seesDatagrams = wanted
  }

  /// Takes the next packet into `octets`; nil where none waits, or the interface is down.
  public func next() -> Sighting? {
    guard let received = try? socket.receive(into: &octets, flags: .doNotWait, room: ControlRoom(others: 64)),
      let source = received.source
    else { return nil }
    count = received.count
    var sighting = Sighting(type: source.protocolNumber, time: 0, interface: source.interface)
    for message in received.control where message.level == SOL_SOCKET && message.type == SO_TIMESTAMPNS {
      if let time = plain(timespec(), from: message.octets) {
        sighting.time = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
      }
    }
    return sighting
  }

  /// Lends the octets of the packet that was taken last.
  public func withPacket<Result>(_ body: (RawSpan) -> Result) -> Result {
    // SAFETY: the span is of the array's own octets, which stay as they are during the call.
    unsafe octets.withUnsafeBytes { buffer in
      unsafe body(RawSpan(_unsafeBytes: buffer).extracting(first: count))
    }
  }

  // MARK: The filter

  /// What a packet must be: what another program lets in, then one that may begin a flow.
  private static func program(
    behind other: FilterProgram?, withDatagrams: Bool, withConnections: Bool
  ) -> FilterProgram {
    // What it does not see of a connection may be its beginning where there is another program.
    let own =
      arrivals
      + beginnings(withDatagrams: withDatagrams, withConnections: withConnections, seesAnswers: other != nil)
    guard let other, other.instructions.count &+ own.count <= FilterProgram.maximumLength else {
      return FilterProgram(own)
    }
    var all = other.instructions
    for (place, instruction) in all.enumerated() where instruction.code == FilterProgram.returnConstant {
      // Where the other one would keep the packet, ours goes on.
      guard instruction.k != 0 else { continue }
      all[place] = sock_filter(
        code: UInt16(BPF_JMP | BPF_JA), jt: 0, jf: 0, k: UInt32(truncatingIfNeeded: all.count &- place &- 1))
    }
    return FilterProgram(all + own)
  }

  /// Drops what a loopback interface sends: it comes again at once.
  private static var arrivals: [sock_filter] {
    let (type, kind) = (clinux_filter_extension(SKF_AD_HATYPE), clinux_filter_extension(SKF_AD_PKTTYPE))
    func load(_ offset: UInt32) -> sock_filter {
      sock_filter(code: UInt16(BPF_LD | BPF_W | BPF_ABS), jt: 0, jf: 0, k: offset)
    }
    func equal(_ value: UInt32, no: UInt8) -> sock_filter {
      sock_filter(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jt: 0, jf: no, k: value)
    }
    return [
      load(type), equal(UInt32(ARPHRD_LOOPBACK), no: 3),
      load(kind), equal(UInt32(PACKET_OUTGOING), no: 1),
      sock_filter(code: FilterProgram.returnConstant, jt: 0, jf: 0, k: 0),
    ]
  }

  /// Keeps segments with SYN, datagrams and echo requests that are no later fragments, of IPv4 and of IPv6 without extension
  /// headers.
  private static func beginnings(withDatagrams: Bool, withConnections: Bool, seesAnswers: Bool) -> [sock_filter] {
    func load(_ size: Int32, _ offset: UInt32, indexed: Bool = false) -> sock_filter {
      sock_filter(code: UInt16(BPF_LD | size | (indexed ? BPF_IND : BPF_ABS)), jt: 0, jf: 0, k: offset)
    }
    func jump(_ kind: Int32, _ value: UInt32, yes: UInt8, no: UInt8) -> sock_filter {
      sock_filter(code: UInt16(BPF_JMP | kind | BPF_K), jt: yes, jf: no, k: value)
    }
    func end(_ length: UInt32) -> sock_filter {
      sock_filter(code: FilterProgram.returnConstant, jt: 0, jf: 0, k: length)
    }
    // Where packets are not wanted, their protocols' numbers are replaced by one that no packet has.
    let none = UInt32(UInt8.max)
    let udp = withDatagrams ? UInt32(IPPROTO_UDP) : none
    let (icmp, icmpv6) = withDatagrams ? (UInt32(IPPROTO_ICMP), UInt32(IPPROTO_ICMPV6)) : (none, none)
    let tcp = withConnections ? UInt32(IPPROTO_TCP) : none
    let protocolField = clinux_filter_extension(SKF_AD_PROTOCOL)
    let (keep, drop) = (24, 25)
    // The places of the instructions are counted; a jump says how many it passes over.
    func branch(at place: Int, _ kind: Int32, _ value: UInt32, yes: Int, no: Int) -> sock_filter {
      jump(
        kind, value, yes: UInt8(truncatingIfNeeded: yes &- place &- 1), no: UInt8(truncatingIfNeeded: no &- place &- 1))
    }
    // SYN, and not ACK where every segment is let in: then the SYN before it was seen.
    let flags = sock_filter(code: UInt16(BPF_ALU | BPF_AND | BPF_K), jt: 0, jf: 0, k: seesAnswers ? 0x02 : 0x12)
    return [
      load(BPF_W, protocolField),
      branch(at: 1, BPF_JEQ, UInt32(ETH_P_IP), yes: 3, no: 2),
      branch(at: 2, BPF_JEQ, UInt32(ETH_P_IPV6), yes: 15, no: drop),
      // IPv4, 3: not a later fragment.
      load(BPF_H, 6),
      branch(at: 4, BPF_JSET, 0x1fff, yes: drop, no: 5),
      load(BPF_B, 9),
      branch(at: 6, BPF_JEQ, udp, yes: keep, no: 7),
      sock_filter(code: UInt16(BPF_LDX | BPF_B | BPF_MSH), jt: 0, jf: 0, k: 0),
      branch(at: 8, BPF_JEQ, tcp, yes: 9, no: 12),
      load(BPF_B, 13, indexed: true),
      flags,
      branch(at: 11, BPF_JEQ, 0x02, yes: keep, no: drop),
      // 12: an echo request, type 8.
      branch(at: 12, BPF_JEQ, icmp, yes: 13, no: drop),
      load(BPF_B, 0, indexed: true),
      branch(at: 14, BPF_JEQ, 8, yes: keep, no: drop),
      // IPv6, 15.
      load(BPF_B, 6),
      branch(at: 16, BPF_JEQ, udp, yes: keep, no: 17),
      branch(at: 17, BPF_JEQ, tcp, yes: 18, no: 21),
      load(BPF_B, 53),
      flags,
      branch(at: 20, BPF_JEQ, 0x02, yes: keep, no: drop),
      // 21: an echo request, type 128.
      branch(at: 21, BPF_JEQ, icmpv6, yes: 22, no: drop),
      load(BPF_B, 40),
      branch(at: 23, BPF_JEQ, 128, yes: keep, no: drop),
      end(UInt32(snapLength)),
      end(0),
    ]
  }
}
