/// The types and codes of ICMP in words. IANA: ICMP parameters.
extension ICMPHeader {
  /// A type.
  static func name(ofType type: UInt8) -> StaticString? {
    switch type {
    case MessageType.echoReply: "echo reply"
    case MessageType.unreachable: "destination unreachable"
    case MessageType.sourceQuench: "source quench"
    case MessageType.redirect: "redirect"
    case MessageType.echoRequest: "echo request"
    case MessageType.routerAdvertisement: "router advertisement"
    case MessageType.routerSolicitation: "router solicitation"
    case MessageType.timeExceeded: "time exceeded"
    case MessageType.parameterProblem: "parameter problem"
    case MessageType.timestampRequest: "timestamp request"
    case MessageType.timestampReply: "timestamp reply"
    case MessageType.informationRequest: "information request"
    case MessageType.informationReply: "information reply"
    case MessageType.maskRequest: "address mask request"
    case MessageType.maskReply: "address mask reply"
    case 42: "extended echo request"
    case 43: "extended echo reply"
    default: nil
    }
  }

  /// A type with its code.
  static func name(_ type: UInt8, _ code: UInt8) -> StaticString? {
    switch (type, code) {
    case (MessageType.unreachable, _): nameOfUnreachable(code)
    case (MessageType.redirect, 0): "redirect for network"
    case (MessageType.redirect, 1): "redirect for host"
    case (MessageType.redirect, 2): "redirect for service and network"
    case (MessageType.redirect, 3): "redirect for service and host"
    case (MessageType.timeExceeded, 0): "time exceeded in transit"
    case (MessageType.timeExceeded, 1): "reassembly time exceeded"
    case (MessageType.parameterProblem, 1): "parameter problem: required option missing"
    case (MessageType.parameterProblem, 2): "parameter problem: bad length"
    default: name(ofType: type)
    }
  }

  private static func nameOfUnreachable(_ code: UInt8) -> StaticString? {
    switch code {
    case 0: "network unreachable"
    case 1: "host unreachable"
    case 2: "protocol unreachable"
    case 3: "port unreachable"
    case 4: "fragmentation needed"
    case 5: "source route failed"
    case 6: "network unknown"
    case 7: "host unknown"
    case 8: "source host isolated"
    case 9: "network prohibited"
    case 10: "host prohibited"
    case 11: "network unreachable for service"
    case 12: "host unreachable for service"
    case 13: "communication prohibited"
    case 14: "host precedence violation"
    case 15: "precedence cutoff"
    default: nil
    }
  }
}

/// The types and codes of ICMPv6 in words. IANA: ICMPv6 parameters.
extension ICMPv6Header {
  /// A type.
  static func name(ofType type: UInt8) -> StaticString? {
    switch type {
    case MessageType.unreachable: "destination unreachable"
    case MessageType.packetTooBig: "packet too big"
    case MessageType.timeExceeded: "time exceeded"
    case MessageType.parameterProblem: "parameter problem"
    case MessageType.echoRequest: "echo request"
    case MessageType.echoReply: "echo reply"
    case MessageType.listenerQuery: "multicast listener query"
    case MessageType.listenerReport: "multicast listener report"
    case MessageType.listenerDone: "multicast listener done"
    case MessageType.routerSolicitation: "router solicitation"
    case MessageType.routerAdvertisement: "router advertisement"
    case MessageType.neighborSolicitation: "neighbor solicitation"
    case MessageType.neighborAdvertisement: "neighbor advertisement"
    case MessageType.redirect: "redirect"
    case MessageType.listenerReport2: "multicast listener report v2"
    default: nil
    }
  }

  /// A type with its code.
  static func name(_ type: UInt8, _ code: UInt8) -> StaticString? {
    switch (type, code) {
    case (MessageType.unreachable, 0): "no route to destination"
    case (MessageType.unreachable, 1): "communication prohibited"
    case (MessageType.unreachable, 2): "beyond scope of source address"
    case (MessageType.unreachable, 3): "address unreachable"
    case (MessageType.unreachable, 4): "port unreachable"
    case (MessageType.unreachable, 5): "source address refused"
    case (MessageType.unreachable, 6): "route rejected"
    case (MessageType.timeExceeded, 0): "hop limit exceeded"
    case (MessageType.timeExceeded, 1): "reassembly time exceeded"
    case (MessageType.parameterProblem, 0): "erroneous header"
    case (MessageType.parameterProblem, 1): "unrecognized next header"
    case (MessageType.parameterProblem, 2): "unrecognized option"
    default: name(ofType: type)
    }
  }
}
