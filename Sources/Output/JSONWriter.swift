import Flows
import Wire

/// Writes a packet as one JSON object (RFC 8259) on one line: `frame`, then an object for each layer.
///
/// Layers of one kind within one packet become an array. A packet within the packet stands under `inner`, one that an
/// error message quotes under `quoted`; `stop` says why decoding ended early.
struct JSONWriter: ~Copyable {
  private var visitor = JSONVisitor()

  /// Writes the object and a line end.
  mutating func write(
    _ packet: borrowing Packet, _ names: borrowing InterfaceNames, _ processes: borrowing ProcessTexts,
    _ attribution: FrameAttribution, _ findings: FlowTable.Update, withOctets: Bool, into text: inout TextBuffer
  ) {
    // The visitor owns a buffer while fields are visited: it is given this one, and gives it back.
    swap(&text, &visitor.text)
    visitor.text.append("{\"frame\":{\"number\":")
    visitor.needsComma = true
    writeFrame(packet, names, withOctets: withOctets)
    processes.writeJSON(packet.info.owner, attribution, into: &visitor.text)
    var level = 0
    var opened = 0
    let count = packet.layerCount
    while level < count {
      let depth = packet.layer(at: level).depth
      var end = level &+ 1
      while end < count, packet.layer(at: end).depth == depth { end &+= 1 }
      writeLayers(level..<end, of: packet, findings)
      if end < count {
        visitor.beginGroup(packet.layer(at: end).nesting == .quoted ? "quoted" : "inner")
        opened &+= 1
      }
      level = end
    }
    for _ in 0..<opened { visitor.endGroup() }
    if let stop = packet.stop { writeStop(stop) }
    visitor.text.append("}\n")
    swap(&text, &visitor.text)
  }

  private mutating func writeFrame(
    _ packet: borrowing Packet, _ names: borrowing InterfaceNames, withOctets: Bool
  ) {
    let info = packet.info
    visitor.text.append(digitsOf: info.number)
    visitor.text.append(",\"time_epoch\":\"")
    visitor.append(info.timestamp)
    visitor.text.append("\",\"len\":")
    visitor.text.append(digitsOf: UInt64(info.originalLength))
    visitor.text.append(",\"cap_len\":")
    visitor.text.append(digitsOf: UInt64(packet.capturedLength))
    if names.isKnown(info.interface) {
      visitor.text.append(",\"interface_name\":\"")
      _ = names.writeJSON(info.interface, into: &visitor.text)
      visitor.text.append("\"")
    }
    switch info.direction {
    case .inbound: visitor.text.append(",\"direction\":\"in\"")
    case .outbound: visitor.text.append(",\"direction\":\"out\"")
    case .unknown: break
    }
    visitor.text.append(",\"protocols\":\"")
    packet.writeProtocols(into: &visitor.text)
    visitor.text.append("\"")
    if withOctets {
      visitor.text.append(",\"bytes\":\"")
      visitor.text.append(hexadecimal: packet.bytes)
      visitor.text.append("\"")
    }
    visitor.text.append("}")
  }

  /// Writes the layers of one packet level, each kind once: as an object, or as an array where it repeats.
  private mutating func writeLayers(
    _ range: Range<Int>, of packet: borrowing Packet, _ findings: FlowTable.Update
  ) {
    var hasOthers = false
    for index in range {
      let kind = packet.layer(at: index).kind
      if kind.otherFieldsName != nil { hasOthers = true }
      var isFirst = true
      for earlier in range.lowerBound..<index where packet.layer(at: earlier).kind == kind { isFirst = false }
      guard isFirst else { continue }
      var last = index
      for later in index..<range.upperBound where packet.layer(at: later).kind == kind { last = later }
      if last == index {
        visitor.beginGroup(kind.fieldsName)
        packet.visitFields(ofLayerAt: index, &visitor)
        if index == findings.layer { visitor.write(findings) }
        visitor.endGroup()
      } else {
        visitor.beginList(kind.fieldsName)
        for member in index...last where packet.layer(at: member).kind == kind {
          visitor.beginRecord()
          packet.visitFields(ofLayerAt: member, &visitor)
          visitor.endRecord()
        }
        visitor.endList()
      }
    }
    if hasOthers { writeOthers(range, of: packet) }
  }

  /// Writes the fields that Wireshark has under another name than their layer's, those of all layers in one array.
  private mutating func writeOthers(_ range: Range<Int>, of packet: borrowing Packet) {
    for kinds in [[LayerKind.serviceVLAN], [.pppoeDiscovery], [.hopByHop, .destinationOptions]] {
      var isOpen = false
      for index in range {
        let kind = packet.layer(at: index).kind
        guard kinds.contains(kind), let name = kind.otherFieldsName else { continue }
        if !isOpen { visitor.beginList(name) }
        isOpen = true
        packet.visitOtherFields(ofLayerAt: index, &visitor)
      }
      if isOpen { visitor.endList() }
    }
  }

  private mutating func writeStop(_ stop: DecodeError) {
    visitor.beginGroup("stop")
    visitor.label("layer", stop.layer.name)
    visitor.number("offset", stop.offset)
    visitor.label("reason", stop.reasonName)
    switch stop.reason {
    case .snapped(let needed, let available), .truncated(let needed, let available):
      visitor.number("needed", needed)
      visitor.number("available", available)
    case .invalidLength(let value), .invalidValue(let value):
      visitor.number("value", value)
    case .tooDeep: break
    }
    visitor.endGroup()
  }
}
