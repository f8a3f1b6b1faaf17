/// The tunnel that a packet was in: that of the header next to it, where there are several.
@frozen
public struct FlowTunnel: Equatable, Sendable, BitwiseCopyable {
  /// What carried the packet.
  @frozen
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// Nothing: it is in no tunnel.
    case none
    /// IPv4 over IPv4, RFC 2003.
    case ipip
    /// IPv6 over IPv4, RFC 4213.
    case ipv6OverIPv4
    /// IPv4 over IPv6, RFC 2473.
    case ipv4OverIPv6
    /// IPv6 over IPv6, RFC 2473.
    case ipv6OverIPv6
    /// GRE without a key, RFC 2784.
    case gre
    /// GRE with a key, RFC 2890.
    case keyedGRE
    /// NVGRE, RFC 7637.
    case nvgre
    /// ERSPAN type II.
    case erspan
    /// VXLAN, RFC 7348.
    case vxlan
    /// Geneve, RFC 8926.
    case geneve
    /// GRE as PPTP has it, RFC 2637.
    case pptp
    /// GTP-U, 3GPP TS 29.281.
    case gtp
    /// Teredo, RFC 4380.
    case teredo
    /// L2TP version 2, RFC 2661.
    case l2tp
    /// MPLS over IP or UDP, and Ethernet over MPLS.
    case mpls

    /// Its name in JSON and tables.
    public var name: StaticString {
      switch self {
      case .none: "none"
      case .ipip: "ipip"
      case .ipv6OverIPv4: "6in4"
      case .ipv4OverIPv6: "4in6"
      case .ipv6OverIPv6: "6in6"
      case .gre, .keyedGRE: "gre"
      case .nvgre: "nvgre"
      case .erspan: "erspan"
      case .vxlan: "vxlan"
      case .geneve: "geneve"
      case .pptp: "pptp"
      case .gtp: "gtp"
      case .teredo: "teredo"
      case .l2tp: "l2tp"
      case .mpls: "mpls"
      }
    }

    /// Whether it tells which of several networks a packet is of; where it does not, it may have an endpoint.
    public var hasIdentifier: Bool {
      switch self {
      case .keyedGRE, .nvgre, .erspan, .vxlan, .geneve: true
      default: false
      }
    }
  }

  /// What carried the packet.
  public var kind = Kind.none
  /// How many tunnels there are one within the other.
  public var depth: UInt8 = 0
  /// The network's number: a VXLAN or Geneve network identifier, GRE's key, NVGRE's virtual subnet or ERSPAN's session.
  public var identifier: UInt32 = 0
  /// The number that the receiver of the packet gave to the tunnel, another one in each direction, and so no part of what
  /// tells flows apart: GTP's endpoint (TEID), L2TP's session, PPTP's call, an MPLS label. 0
  /// where there is none.
  public var endpoint: UInt32 = 0

  /// No tunnel.
  @inlinable public init() {}

  /// A tunnel with its parts.
  @inlinable
  public init(_ kind: Kind, depth: UInt8 = 1, identifier: UInt32 = 0, endpoint: UInt32 = 0) {
    self.kind = kind
    self.depth = depth
    self.identifier = identifier
    self.endpoint = endpoint
  }

  /// IP right within IP.
  init(outer: LayerKind, inner: LayerKind) {
    switch (outer, inner) {
    case (.ipv4, .ipv6): self.init(.ipv6OverIPv4)
    case (.ipv6, .ipv4): self.init(.ipv4OverIPv6)
    case (.ipv6, .ipv6): self.init(.ipv6OverIPv6)
    default: self.init(.ipip)
    }
  }
}

extension Packet {
  /// The tunnel that a layer is the header of; of no kind where it is none.
  func tunnel(of layer: Layer) -> FlowTunnel {
    let octets = bytes(of: layer)
    // A layer that was decoded once decodes again: the octets are the same.
    do throws(DecodeError) {
      switch layer.kind {
      case .gre:
        let header = try GREHeader(octets)
        if header.version == 1 { return FlowTunnel(.pptp, endpoint: header.key & 0xffff) }
        if header.isNVGRE { return FlowTunnel(.nvgre, identifier: header.virtualSubnet) }
        return header.hasKey ? FlowTunnel(.keyedGRE, identifier: header.key) : FlowTunnel(.gre)
      case .erspan: return FlowTunnel(.erspan, identifier: UInt32(try ERSPANHeader(octets).session))
      case .vxlan: return FlowTunnel(.vxlan, identifier: try VXLANHeader(octets).networkIdentifier)
      case .geneve: return FlowTunnel(.geneve, identifier: try GeneveHeader(octets).networkIdentifier)
      case .gtp: return FlowTunnel(.gtp, endpoint: try GTPHeader(octets).endpoint)
      case .teredo: return FlowTunnel(.teredo)
      case .l2tp: return FlowTunnel(.l2tp, endpoint: UInt32(try L2TPHeader(octets).session))
      case .mpls: return FlowTunnel(.mpls, endpoint: try MPLSHeader(octets).label)
      default: return FlowTunnel()
      }
    } catch {
      return FlowTunnel()
    }
  }
}
