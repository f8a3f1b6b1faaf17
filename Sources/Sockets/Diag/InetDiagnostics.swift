import CLinux
import Glibc
import Linux

/// TCP, UDP, raw and other internet sockets as inet_diag tells of them. See sock_diag(7) and linux/inet_diag.h.
enum InetDiagnostics {
  /// A request for the sockets of a family and protocol, in the states of a mask (bit n for state n).
  static func request(
    family: Int32, protocolNumber: UInt16, states: UInt32, withDetails: Bool
  ) -> SocketDumpRequest {
    var body = inet_diag_req_v2()
    body.sdiag_protocol = UInt8(truncatingIfNeeded: protocolNumber)
    body.idiag_states = states
    body.idiag_ext = withDetails ? extensions : 0
    var request = SocketDumpRequest(family: family, body)
    // The fixed part has only one octet for the number.
    if protocolNumber > UInt8.max { request.append(attribute: Int32(INET_DIAG_REQ_PROTOCOL), UInt32(protocolNumber)) }
    return request
  }

  /// A request for the TCP sockets of inet and inet6, by the older question that needs only one way through the table.
  static func requestForBothFamilies(states: UInt32, withDetails: Bool) -> SocketDumpRequest {
    var body = inet_diag_req()
    body.idiag_states = states
    body.idiag_ext = withDetails ? extensions : 0
    var request = SocketDumpRequest(family: AF_UNSPEC, body)
    request.type = Int32(TCPDIAG_GETSOCK)
    return request
  }

  /// What is asked for beyond the fixed part: bit n − 1 for INET_DIAG_ n.
  private static var extensions: UInt8 {
    [INET_DIAG_INFO, INET_DIAG_VEGASINFO, INET_DIAG_CONG, INET_DIAG_TOS, INET_DIAG_TCLASS, INET_DIAG_SKMEMINFO]
      .reduce(0) { $0 | UInt8(1) << UInt8(truncatingIfNeeded: Int($1) &- 1) }
  }

  /// The socket that a message tells of; nil where it is no such message.
  ///
  /// - Parameter protocolNumber: what was asked for, since the message does not repeat it.
  static func record(_ payload: NetlinkPayload, protocolNumber: UInt16, withDetails: Bool) -> SocketRecord? {
    guard let message = payload.value(as: inet_diag_msg.self) else { return nil }
    let family: SocketFamily
    let source: InternetAddress
    let destination: InternetAddress
    switch Int32(message.idiag_family) {
    case AF_INET:
      family = .inet
      source = .v4(UInt32(bigEndian: message.id.idiag_src.0))
      destination = .v4(UInt32(bigEndian: message.id.idiag_dst.0))
    case AF_INET6:
      family = .inet6
      source = .v6(address(message.id.idiag_src))
      destination = .v6(address(message.id.idiag_dst))
    default: return nil
    }
    let kind = InetKind(protocolNumber)
    guard let state = state(message, payload, kind) else { return nil }
    var record = SocketRecord(
      family: family, type: kind.type, state: state,
      local: .internet(
        source, port: kind.port(UInt16(bigEndian: message.id.idiag_sport)), interface: message.id.idiag_if))
    record.protocolNumber = protocolNumber
    let port = UInt16(bigEndian: message.id.idiag_dport)
    if port != 0 || !destination.isWildcard {
      record.remote = .internet(destination, port: port, interface: message.id.idiag_if)
    }
    if state == .listen {
      record.acceptQueue = message.idiag_rqueue
      record.backlog = message.idiag_wqueue
    } else {
      record.receiveQueue = message.idiag_rqueue
      // Of a socket that is just going the kernel says −1.
      record.sendQueue = message.idiag_wqueue == .max ? 0 : message.idiag_wqueue
    }
    record.inode = UInt64(message.idiag_inode)
    record.cookie = SocketRecord.cookie(message.id.idiag_cookie)
    // A socket that no process holds any more, or none yet, has no user either: the kernel then says 0.
    if record.inode != 0 || message.idiag_uid != 0 { record.uid = message.idiag_uid }
    if kind == .raw { record.protocolNumber = UInt16(bigEndian: message.id.idiag_sport) }
    if record.type == .raw || family == .inet6 { amend(&record, payload, withDetails: withDetails) }
    if withDetails { record.setDetails(toldBy: payload) }
    return record
  }

  /// The state; nil for a number that stands for none. An SCTP association has numbers of its own, and is told from its
  /// socket by the peer's addresses.
  private static func state(_ message: inet_diag_msg, _ payload: NetlinkPayload, _ kind: InetKind) -> SocketState? {
    if kind.protocolNumber == Int32(IPPROTO_SCTP) {
      var attributes = payload.dropping(MemoryLayout<inet_diag_msg>.size)
      while let (type, _) = attributes.nextAttribute() {
        if Int(type) == INET_DIAG_PEERS { return InetKind.associationState(message.idiag_state) }
      }
    }
    return kind.state(message.idiag_state)
  }

  private static func address(_ words: (UInt32, UInt32, UInt32, UInt32)) -> UInt128 {
    UInt128(UInt32(bigEndian: words.0)) << 96 | UInt128(UInt32(bigEndian: words.1)) << 64
      | UInt128(UInt32(bigEndian: words.2)) << 32 | UInt128(UInt32(bigEndian: words.3))
  }

  /// What is the record's own, and told by attributes.
  private static func amend(_ record: inout SocketRecord, _ payload: NetlinkPayload, withDetails: Bool) {
    var place = NetlinkPayload.aligned(MemoryLayout<inet_diag_msg>.size)
    while let attribute = payload.attribute(at: &place) {
      switch Int(attribute.type) {
      case INET_DIAG_SKV6ONLY where withDetails || record.family == .inet6:
        record.isIPv6Only = payload.number(attribute) as UInt8 != 0
      case INET_DIAG_PROTOCOL where withDetails && record.type == .raw:
        record.protocolNumber = UInt16(payload.number(attribute) as UInt8)
      default: break
      }
    }
  }

  /// What a message tells beyond the record that was made of it.
  static func details(_ payload: NetlinkPayload, of record: borrowing SocketRecord) -> ToldDetails {
    var details = ToldDetails(payload)
    guard let message = payload.value(as: inet_diag_msg.self) else { return details }
    details.timer = message.idiag_timer
    details.timerMilliseconds = message.idiag_timer == 0 ? 0 : message.idiag_expires
    details.retransmits = message.idiag_retrans
    details.boundInterface = message.id.idiag_if
    var place = NetlinkPayload.aligned(MemoryLayout<inet_diag_msg>.size)
    while let attribute = payload.attribute(at: &place) {
      switch Int(attribute.type) {
      case INET_DIAG_INFO where record.type != .raw:
        switch Int32(record.protocolNumber) {
        case Int32(IPPROTO_TCP): details.tcpInformation = attribute
        case Int32(IPPROTO_MPTCP): details.mptcpInformation = attribute
        default: break
        }
      case INET_DIAG_SKMEMINFO: details.memory = attribute
      case INET_DIAG_CONG: details.congestionControl = attribute
      case INET_DIAG_BBRINFO: details.bbrInformation = attribute
      case INET_DIAG_TOS where record.family == .inet: details.typeOfService = payload.number(attribute)
      case INET_DIAG_TCLASS where record.family == .inet6: details.typeOfService = payload.number(attribute)
      case INET_DIAG_SHUTDOWN: details.shutdown = payload.number(attribute)
      case INET_DIAG_MARK: details.mark = payload.number(attribute)
      case INET_DIAG_CGROUP_ID: details.cgroup = payload.number(attribute)
      case INET_DIAG_SOCKOPT: details.options = payload.number(attribute)
      case INET_DIAG_ULP_INFO: details.upperLayerProtocol = upperLayerProtocol(payload, attribute)
      default: break
      }
    }
    return details
  }

  /// The name among the attributes of INET_DIAG_ULP_INFO.
  private static func upperLayerProtocol(_ payload: NetlinkPayload, _ whole: NetlinkAttribute) -> NetlinkAttribute? {
    var place = whole.start
    while let attribute = payload.attribute(at: &place, before: whole.start &+ whole.count) {
      if Int(attribute.type) == INET_ULP_INFO_NAME { return attribute }
    }
    return nil
  }
}
