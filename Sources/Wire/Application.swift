/// Which application protocol a payload is: port numbers suggest, its octets decide.
enum Application {
  /// What a UDP payload is; `.none` where there is none, `.data` where it is nothing that is known here.
  static func overUDP(_ source: UInt16, _ destination: UInt16, _ payload: RawSpan) -> LayerKind {
    if payload.byteCount == 0 { return .none }
    let kind = suggestion(destination) ?? suggestion(source) ?? .data
    switch kind {
    case .dns, .mdns, .llmnr: return DNSMessage.isPlausible(payload) ? kind : .data
    case .dhcp: return DHCPMessage.isPlausible(payload) ? kind : .data
    case .ntp:
      if NTPHeader.isPlausible(payload) { return .ntp }
      return NTPControlMessage.isPlausible(payload) ? .ntpControl : .data
    case .vxlan: return VXLANHeader.isPlausible(payload) ? kind : .data
    case .mpls: return MPLSHeader.isPlausible(payload) ? kind : .data
    case .gtp: return GTPHeader.isPlausible(payload) ? kind : .data
    case .teredo: return TeredoHeader.isPlausible(payload) ? kind : .data
    case .l2tp: return L2TPHeader.isPlausible(payload) ? kind : .data
    case .geneve: return GeneveHeader.isPlausible(payload) ? kind : .data
    default: return .data
    }
  }

  /// What a TCP payload is; `.none` where there is none, `.data` where it is nothing that is known here.
  static func overTCP(_ source: UInt16, _ destination: UInt16, _ payload: RawSpan) -> LayerKind {
    if payload.byteCount == 0 { return .none }
    if source == 53 || destination == 53, DNSMessage.isPlausible(overTCP: payload) { return .dnsOverTCP }
    if TLSRecords.isPlausible(payload) { return .tls }
    if HTTPMessage.isPlausible(payload) { return .http }
    return .data
  }

  /// Whether a datagram between two UDP ports, the source in the high half, may carry packets of its own.
  @inline(__always)
  static func isTunnel(ports: UInt32) -> Bool {
    isTunnel(UInt16(truncatingIfNeeded: ports)) || isTunnel(UInt16(truncatingIfNeeded: ports >> 16))
  }

  @inline(__always)
  private static func isTunnel(_ port: UInt16) -> Bool {
    switch port {
    case 1701, 2152, 3544, 4789, 6081, 6635, 8472: true
    default: false
    }
  }

  /// The protocol that a UDP port is registered for.
  private static func suggestion(_ port: UInt16) -> LayerKind? {
    switch port {
    case 53: .dns
    case 67, 68: .dhcp
    case 123: .ntp
    case 5353: .mdns
    case 5355: .llmnr
    // The second is what Linux takes where nobody says another.
    case 4789, 8472: .vxlan
    case 6081: .geneve
    case 2152: .gtp
    case 3544: .teredo
    case 1701: .l2tp
    case 6635: .mpls
    default: nil
    }
  }
}
