/// What a packet says of its flow, read out of its layers.
extension Packet {
  /// What the packet says of its flow: that of the innermost IP packet which is no quotation of an error message; nil
  /// where there is no IP.
  public func flowPacket() -> FlowPacket? {
    var network = -1
    // The tags of the frame at hand, and those before the network header.
    var tags: UInt32 = 0
    var vlan: UInt32 = 0
    var tunnel = FlowTunnel()
    var next = FlowTunnel()
    var index = 0
    let count = layerCount
    while index < count {
      let layer = layer(at: index)
      if layer.nesting == .quoted { break }
      switch layer.kind {
      case .vlan, .serviceVLAN:
        let identifier = UInt32(bytes(of: layer).uint16(at: VLANTag.Field.control) & 0xfff)
        tags = (tags & 0xf00_0000 &+ 0x100_0000) | (tags & 0xfff) << 12 | identifier
      case .ethernet: tags = 0
      case .gre, .erspan, .vxlan, .geneve, .gtp, .teredo, .l2tp: next = self.tunnel(of: layer)
      // Labels alone are no tunnel but a way between routers.
      case .mpls
      where (next.kind == .none || next.kind == .mpls) && (network >= 0 || self.layer(at: index &+ 1).isFrameWithin):
        next = self.tunnel(of: layer)
      case .ipv4, .ipv6:
        if network >= 0 || next.kind != .none {
          let depth = tunnel.depth &+ 1
          tunnel = next.kind == .none ? FlowTunnel(outer: self.layer(at: network).kind, inner: layer.kind) : next
          tunnel.depth = depth
          next = FlowTunnel()
        }
        network = index
        vlan = tags
      default: break
      }
      index &+= 1
    }
    guard network >= 0 else { return nil }
    var result = FlowPacket()
    result.vlan = vlan
    result.tunnel = tunnel
    readNetwork(at: network, &result)
    readTransport(after: network, before: index, &result)
    return result
  }

  /// The payload of a flow's packet, as captured; empty where the flow is neither TCP nor UDP.
  @_lifetime(copy self)
  public func payload(of flow: FlowPacket) -> RawSpan {
    let layer = layer(at: Int(flow.transportIndex))
    let octets = bytes(of: layer)
    guard flow.transport == .tcp || flow.transport == .udp, layer.kind == flow.transport else {
      return octets.slice(from: octets.byteCount)
    }
    return octets.slice(from: layer.headerLength)
  }

  /// What a later fragment carries, as captured; empty for anything else.
  @_lifetime(copy self)
  public func fragment(of flow: FlowPacket) -> RawSpan {
    let layer = layer(at: Int(flow.transportIndex))
    let octets = bytes(of: layer)
    guard flow.fragment == .later, layer.kind == .data else { return octets.slice(from: octets.byteCount) }
    return octets
  }

  @inline(__always)
  private func readNetwork(at index: Int, _ result: inout FlowPacket) {
    let layer = layer(at: index)
    let header = bytes(of: layer)
    result.payloadLength = UInt32(truncatingIfNeeded: Swift.max(0, layer.wireLength &- layer.headerLength))
    if layer.kind == .ipv4 {
      result.source = UInt128(header.uint32(at: IPv4Header.Field.source))
      result.destination = UInt128(header.uint32(at: IPv4Header.Field.destination))
      result.protocolNumber = IPProtocol(rawValue: header.uint8(at: IPv4Header.Field.protocolNumber))
      let fragment = header.uint16(at: IPv4Header.Field.flagsAndFragmentOffset) & 0x3fff
      if fragment != 0 {
        result.fragment = fragment & 0x1fff == 0 ? .first : .later
        result.fragmentIdentifier = UInt32(header.uint16(at: IPv4Header.Field.identification))
        result.fragmentOffset = UInt32(fragment & 0x1fff) &* 8
      }
    } else {
      result.isIPv6 = true
      result.source = header.uint128(at: IPv6Header.Field.source)
      result.destination = header.uint128(at: IPv6Header.Field.destination)
      result.protocolNumber = IPProtocol(rawValue: header.uint8(at: IPv6Header.Field.nextHeader))
    }
  }

  @inline(__always)
  private func readTransport(after network: Int, before end: Int, _ result: inout FlowPacket) {
    var index = network &+ 1
    defer { result.transportIndex = UInt8(truncatingIfNeeded: index) }
    while index < end {
      let layer = layer(at: index)
      let octets = bytes(of: layer)
      switch layer.kind {
      case .hopByHop, .routing, .destinationOptions, .fragment, .authentication:
        // Each of them begins with the number of what follows it.
        result.protocolNumber = IPProtocol(rawValue: octets.uint8(at: 0))
        if layer.kind == .fragment {
          let fragment = octets.uint16(at: 2)
          if fragment & 0xfff9 != 0 {
            result.fragment = fragment & 0xfff8 == 0 ? .first : .later
            result.fragmentIdentifier = octets.uint32(at: 4)
            result.fragmentOffset = UInt32(fragment & 0xfff8)
          }
        }
        result.payloadLength = UInt32(truncatingIfNeeded: Swift.max(0, layer.wireLength &- layer.headerLength))
        index &+= 1
        continue
      case .tcp: readTCP(octets, layer, &result)
      case .tcpQuoted:
        // A header that the capture cut: its ports and its sequence number.
        result.hasPorts = true
        result.sourcePort = octets.uint16(at: TCPHeader.Field.sourcePort)
        result.destinationPort = octets.uint16(at: TCPHeader.Field.destinationPort)
        // How long the header is may be cut off too: then nothing is known of a payload.
        let headerLength =
          octets.byteCount > TCPHeader.Field.dataOffsetAndFlags
          ? Int(octets.uint8(at: TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4 : layer.wireLength
        result.payloadLength = UInt32(truncatingIfNeeded: Swift.max(0, layer.wireLength &- headerLength))
      case .udp:
        result.transport = .udp
        result.hasPorts = true
        result.sourcePort = octets.uint16(at: UDPHeader.Field.sourcePort)
        result.destinationPort = octets.uint16(at: UDPHeader.Field.destinationPort)
        result.payloadLength = UInt32(truncatingIfNeeded: Swift.max(0, layer.wireLength &- layer.headerLength))
        if result.fragment == .first { result.fragmentOffset = UInt32(UDPHeader.Field.length) }
      case .icmp: readICMP(octets, isVersion6: false, &result)
      case .icmpv6: readICMP(octets, isVersion6: true, &result)
      case .data:
        if result.protocolNumber == .sctp || result.protocolNumber == .udpLite, result.fragment != .later,
          octets.byteCount >= 4
        {
          result.hasPorts = true
          result.sourcePort = octets.uint16(at: 0)
          result.destinationPort = octets.uint16(at: 2)
        }
      default: break
      }
      break
    }
    if index &+ 1 < end {
      let application = layer(at: index &+ 1)
      result.application = application.kind
      result.applicationIndex = UInt8(truncatingIfNeeded: index &+ 1)
    }
  }

  @inline(__always)
  private func readTCP(_ octets: RawSpan, _ layer: Layer, _ result: inout FlowPacket) {
    result.transport = .tcp
    result.hasPorts = true
    result.sourcePort = octets.uint16(at: TCPHeader.Field.sourcePort)
    result.destinationPort = octets.uint16(at: TCPHeader.Field.destinationPort)
    let headerLength = Int(octets.uint8(at: TCPHeader.Field.dataOffsetAndFlags) >> 4) &* 4
    result.payloadLength = UInt32(truncatingIfNeeded: Swift.max(0, layer.wireLength &- headerLength))
    result.tcp.sequenceNumber = octets.uint32(at: TCPHeader.Field.sequenceNumber)
    result.tcp.acknowledgmentNumber = octets.uint32(at: TCPHeader.Field.acknowledgmentNumber)
    result.tcp.flags = TCPFlags(rawValue: octets.uint16(at: TCPHeader.Field.dataOffsetAndFlags) & 0x0fff)
    result.tcp.window = octets.uint16(at: TCPHeader.Field.window)
    if result.fragment == .first { result.fragmentOffset = UInt32(headerLength) }
    result.tcp.hasLength = result.fragment == .none && !layer.isPartial && layer.wireLength >= headerLength
    let options = octets.slice(from: TCPHeader.Field.length, length: headerLength &- TCPHeader.Field.length)
    if options.byteCount > 0 { TCPOptions(options).read(into: &result.tcp) }
  }

  private func readICMP(_ octets: RawSpan, isVersion6: Bool, _ result: inout FlowPacket) {
    guard octets.byteCount >= 2 else { return }
    let type = octets.uint8(at: 0)
    result.hasPorts = true
    result.sourcePort = UInt16(type)
    if let answer = isVersion6 ? ICMPv6Answer.type(for: type) : ICMPAnswer.type(for: type) {
      result.destinationPort = UInt16(answer)
    } else {
      result.destinationPort = UInt16(octets.uint8(at: 1))
      result.isOneWay = true
    }
  }
}

extension TCPOptions {
  /// Takes out what the analysis needs.
  @inline(__always)
  func read(into values: inout TCPValues) {
    if bytes.byteCount == Self.alignedTimestampsLength, bytes.uint32(at: 0) == Self.alignedTimestamps {
      values.hasTimestamp = true
      values.timestamp = bytes.uint32(at: 4)
      values.timestampEcho = bytes.uint32(at: 8)
      return
    }
    readEach(into: &values)
  }

  @inline(never)
  private func readEach(into values: inout TCPValues) {
    var walker = OptionWalker()
    while let option = walker.next(bytes), !option.isMalformed {
      let value = option.value(in: bytes)
      switch (option.kind, value.byteCount) {
      case (Kind.windowScale, 1): values.windowScale = Int8(truncatingIfNeeded: Swift.min(value.uint8(at: 0), 14))
      case (Kind.timestamps, 8):
        values.hasTimestamp = true
        values.timestamp = value.uint32(at: 0)
        values.timestampEcho = value.uint32(at: 4)
      case (Kind.multipath, 1...): values.multipath |= 1 &<< UInt16(value.uint8(at: 0) >> 4)
      default: break
      }
    }
  }
}
