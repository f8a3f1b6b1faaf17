/// What a packet shows of itself, layer by layer.
extension Packet {
  /// Visits the fields of one layer, under Wireshark's names.
  public func visitFields<Visitor: FieldVisitor & ~Copyable>(ofLayerAt index: Int, _ visitor: inout Visitor) {
    let layer = layer(at: index)
    let context = context(of: layer, at: index)
    Registry.visitFields(layer.kind, bytes(of: layer), &visitor, context)
  }

  /// Visits the records of those fields of one layer whose names begin with the kind's `otherFieldsName`.
  public func visitOtherFields<Visitor: FieldVisitor & ~Copyable>(ofLayerAt index: Int, _ visitor: inout Visitor) {
    let layer = layer(at: index)
    // A layer that was decoded once decodes again: the octets are the same. There is nothing to report here.
    do throws(DecodeError) {
      switch layer.kind {
      case .hopByHop, .destinationOptions:
        IPv6Options(try IPv6OptionsHeader(bytes(of: layer), layer.kind).options).visitFields(&visitor)
      case .pppoeDiscovery: try PPPoEHeader(bytes(of: layer), .pppoeDiscovery).tags.visitFields(&visitor)
      case .serviceVLAN: try VLANTag(bytes(of: layer)).visitServiceType(&visitor)
      default: break
      }
    } catch {}
  }

  /// Writes the names of all layers as Wireshark's `frame.protocols` has them: `eth:ethertype:ip:tcp`.
  public func writeProtocols(into text: inout TextBuffer) {
    let begin = text.count
    if info.linkType.isRaw { text.append("raw") }
    for index in 0..<layerCount {
      let layer = layer(at: index)
      // Wireshark counts the messages of one segment once.
      if layer.kind == .dnsOverTCP, index > 0, self.layer(at: index &- 1).kind == .dnsOverTCP { continue }
      // Nor a stack of labels.
      if layer.kind == .mpls, index > 0, self.layer(at: index &- 1).kind == .mpls { continue }
      if text.count > begin { text.append(":") }
      // Wireshark names its guess that a frame follows, and then what that is in.
      if layer.isFrameWithin, index > 0, self.layer(at: index &- 1).kind == .mpls {
        text.append("pwethheuristic:")
        if layer.kind == .ethernet { text.append("pwethnocw:") }
      }
      text.append(layer.kind.name)
      if layer.usesEtherType, index &+ 1 < layerCount || unfinished != .none { text.append(":ethertype") }
      if layer.kind == .pktap {
        text.append(":pcap_pktdata")
        if isRawTap(layer) { text.append(":raw") }
      }
      if layer.kind == .tcp, TCPOptions.isMultipath(bytes(of: layer)) { text.append(":mptcp") }
    }
    let isMoreLabels = unfinished == .mpls && layerCount > 0 && layer(at: layerCount &- 1).kind == .mpls
    if unfinished != .none, !isMoreLabels, layerCount > 0 || !info.linkType.isRaw {
      if text.count > begin { text.append(":") }
      text.append(unfinished.name)
    }
  }

  /// Whether an IP packet follows a packet tap's header with nothing before it.
  private func isRawTap(_ layer: Layer) -> Bool {
    do throws(DecodeError) {
      return try PKTAPHeader(bytes(of: layer)).linkType.isRaw
    } catch {
      return false
    }
  }

  /// What a layer is told when it is shown. Its checksum is verified here, and only here.
  @inline(__always)
  func context(of layer: Layer, at index: Int, sequences: SequenceBases = SequenceBases()) -> LayerContext {
    let following = self.layer(at: index &+ 1)
    return LayerContext(
      direction: info.direction, wireLength: layer.wireLength, capturedLength: layer.capturedLength,
      checksum: checksumStatus(of: layer, at: index), sequences: sequences,
      next: following.depth == layer.depth ? following.kind : .none, isPartial: layer.isPartial)
  }
}
