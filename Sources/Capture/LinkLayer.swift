import CLinux
public import Wire

extension LinkType {
  /// How the frames of an interface begin when it is captured by itself; by its hardware type, an ARPHRD_ number.
  public init(hardwareType: UInt16) {
    self = LinkLayer(hardwareType: hardwareType, forcesCooked: false).linkType
  }
}

/// How the frames of an interface are taken: what kind of socket, and how they begin.
struct LinkLayer: Equatable {
  /// How they begin.
  var linkType: LinkType
  /// Whether the socket leaves the link's header off (SOCK_DGRAM).
  var cooked: Bool

  /// By the interface's hardware type, an ARPHRD_ number; or with the Linux cooked header for every type.
  init(hardwareType: UInt16, forcesCooked: Bool) {
    guard !forcesCooked else {
      self.init(linkType: .linuxSLL2, cooked: true)
      return
    }
    switch Int32(hardwareType) {
    case ARPHRD_ETHER, ARPHRD_LOOPBACK:
      self.init(linkType: .ethernet, cooked: false)
    case ARPHRD_NONE, ARPHRD_RAWIP, ARPHRD_PPP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT:
      // There is no link header to show; what some of these drivers put in its place differs by direction.
      self.init(linkType: .raw, cooked: true)
    default:
      self.init(linkType: .linuxSLL2, cooked: true)
    }
  }

  private init(linkType: LinkType, cooked: Bool) {
    self.linkType = linkType
    self.cooked = cooked
  }

  /// Octets that we put before the frame at most: a VLAN tag, and the cooked header.
  var headroom: UInt32 {
    linkType == .linuxSLL2 ? 32 : 16
  }
}
