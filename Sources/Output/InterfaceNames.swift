import Wire

/// The names of a source's interfaces, escaped once for each kind of output.
struct InterfaceNames: ~Copyable {
  /// No name is padded to more columns than this, however long another one is. IFNAMSIZ less its zero.
  static let widest = 15

  private var text = TextBuffer(capacity: 1024)
  private var places: [Place] = []
  private var width = 0

  /// Where a name stands in `text`, in both forms.
  private struct Place {
    var start: Int
    var terminalLength: Int
    var jsonLength: Int
    var columns: Int
  }

  /// Takes the names by index; an empty one is not known.
  mutating func set(_ names: [String]) {
    text.removeAll()
    places.removeAll(keepingCapacity: true)
    width = 0
    for name in names {
      let start = text.count
      text.append(escaping: name, for: .terminal)
      let middle = text.count
      text.append(escaping: name, for: .json)
      places.append(
        Place(
          start: start, terminalLength: middle &- start, jsonLength: text.count &- middle,
          columns: name.utf8.count == middle &- start ? name.unicodeScalars.count : middle &- start))
      width = Swift.max(width, Swift.min(places[places.count &- 1].columns, Self.widest))
    }
  }

  /// Writes a name and spaces up to the width of the widest; false where there is no name.
  @inline(__always)
  func write(_ index: UInt32, into text: inout TextBuffer) -> Bool {
    // None has a name in classic pcap.
    width > 0 ? writeOne(index, into: &text) : false
  }

  private func writeOne(_ index: UInt32, into text: inout TextBuffer) -> Bool {
    guard index < places.count else { return pad(nil, into: &text) }
    let place = places[Int(index)]
    guard place.terminalLength > 0 else { return pad(nil, into: &text) }
    text.begin(.faint)
    text.append(self.text.bytes.slice(from: place.start, length: place.terminalLength))
    text.end()
    return pad(place.columns, into: &text)
  }

  /// Writes a name for a terminal, without padding.
  func writePlain(_ index: UInt32, into text: inout TextBuffer) {
    guard index < places.count else { return }
    let place = places[Int(index)]
    text.append(self.text.bytes.slice(from: place.start, length: place.terminalLength))
  }

  /// Writes a name for the inside of a JSON string; false where there is no name.
  func writeJSON(_ index: UInt32, into text: inout TextBuffer) -> Bool {
    guard index < places.count, places[Int(index)].jsonLength > 0 else { return false }
    let place = places[Int(index)]
    text.append(self.text.bytes.slice(from: place.start &+ place.terminalLength, length: place.jsonLength))
    return true
  }

  /// Whether the interface has a name.
  func isKnown(_ index: UInt32) -> Bool { index < places.count && places[Int(index)].jsonLength > 0 }

  private func pad(_ columns: Int?, into text: inout TextBuffer) -> Bool {
    guard width > 0 else { return false }
    text.append(repeating: 0x20, count: width &- (columns ?? 0))
    return true
  }
}
