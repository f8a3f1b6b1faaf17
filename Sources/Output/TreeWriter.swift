import Flows
import Wire

/// Writes every layer and field of a packet as an indented tree, one field a line, under the names that JSON has.
///
/// Encapsulated and quoted packets are indented deeper. What a number means stands behind it in parentheses.
struct TreeWriter: ~Copyable {
  private var visitor = TreeVisitor()

  /// Writes the lines, each with its end.
  mutating func write(
    _ packet: borrowing Packet, _ clock: inout LocalClock, _ names: borrowing InterfaceNames,
    _ processes: borrowing ProcessTexts, _ attribution: FrameAttribution, _ findings: FlowTable.Update,
    into text: inout TextBuffer
  ) {
    swap(&text, &visitor.text)
    visitor.indentation = 2
    writeFrame(packet, &clock, names)
    for index in 0..<packet.layerCount {
      let layer = packet.layer(at: index)
      visitor.indentation = 4 &* Int(layer.depth)
      if layer.nesting != .same {
        visitor.heading(layer.nesting == .quoted ? "quoted" : "inner", nil, isDeep: false)
      }
      visitor.indentation = 2 &+ 4 &* Int(layer.depth)
      visitor.heading(layer.kind.fieldsName, layer.kind.title)
      packet.visitFields(ofLayerAt: index, &visitor)
      if index == findings.layer { visitor.write(findings) }
      if let name = layer.kind.otherFieldsName {
        visitor.beginList(name)
        packet.visitOtherFields(ofLayerAt: index, &visitor)
        visitor.endList()
      }
    }
    if let stop = packet.stop { write(stop) }
    processes.writeTree(packet.info.owner, attribution, &visitor)
    swap(&text, &visitor.text)
  }

  private mutating func writeFrame(
    _ packet: borrowing Packet, _ clock: inout LocalClock, _ names: borrowing InterfaceNames
  ) {
    let info = packet.info
    visitor.heading("frame", nil)
    visitor.number("number", info.number, nil)
    visitor.begin("time")
    clock.writeDate(info.timestamp, into: &visitor.text)
    visitor.text.append("\n")
    visitor.number("len", info.originalLength)
    visitor.number("cap_len", packet.capturedLength)
    if names.isKnown(info.interface) {
      visitor.begin("interface_name")
      names.writePlain(info.interface, into: &visitor.text)
      visitor.text.append("\n")
    }
    switch info.direction {
    case .inbound: visitor.label("direction", "in")
    case .outbound: visitor.label("direction", "out")
    case .unknown: break
    }
    visitor.begin("protocols")
    packet.writeProtocols(into: &visitor.text)
    visitor.text.append("\n")
  }

  private mutating func write(_ stop: DecodeError) {
    visitor.indentation = 2
    visitor.heading("stop", nil)
    visitor.label("layer", stop.layer.name)
    visitor.number("offset", stop.offset)
    visitor.begin("reason")
    visitor.text.begin(.warning)
    visitor.text.append(stop.reasonName)
    visitor.text.end()
    visitor.text.append(stop.explanation)
    visitor.text.append("\n")
    switch stop.reason {
    case .snapped(let needed, let available), .truncated(let needed, let available):
      visitor.number("needed", needed)
      visitor.number("available", available)
    case .invalidLength(let value), .invalidValue(let value):
      visitor.number("value", value)
    case .tooDeep: break
    }
  }
}

extension DecodeError {
  /// The reason in words, in parentheses and with a space before them.
  fileprivate var explanation: StaticString {
    switch reason {
    case .snapped: " (the capture kept too few octets)"
    case .truncated: " (the packet itself ends too early)"
    case .invalidLength: " (a length contradicts its header)"
    case .invalidValue: " (a value that this layer cannot have)"
    case .tooDeep: " (more layers than are decoded)"
    }
  }
}
