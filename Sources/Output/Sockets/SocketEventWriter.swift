public import Sockets
public import Wire

/// What becomes of sockets: a line an event, as text or as JSON.
public struct SocketEventWriter: ~Copyable {
  private let isJSON: Bool
  private var clock = LocalClock()
  private var object = TextBuffer(capacity: 1 << 10)

  public init(json: Bool) { isJSON = json }

  /// Writes an event of a socket, which stands at a place of a listing with its owners.
  public mutating func write(
    _ event: SocketEvent, at place: Int, of listing: SocketListing, _ json: borrowing SocketJSON, _ time: Timestamp,
    into text: inout TextBuffer
  ) {
    if isJSON {
      writeObject(event, place, json, time, into: &text)
    } else {
      writeLine(event, place, SocketCells(listing), time, into: &text)
    }
  }

  private mutating func writeObject(
    _ event: SocketEvent, _ place: Int, _ json: borrowing SocketJSON, _ time: Timestamp, into text: inout TextBuffer
  ) {
    object.removeAll()
    json.writeObject(place, into: &object)
    text.append("{\"event\":\"")
    text.append(event.kind.name)
    text.append("\",\"time_epoch\":\"")
    text.append(decimal: UInt64(clamping: time.seconds))
    text.append(".")
    text.append(decimal: UInt64(time.nanoseconds), digits: 9)
    text.append("\"")
    if let before = event.previousState {
      text.append(",\"previous_state\":\"")
      text.append(before.name)
      text.append("\"")
    }
    text.append(event.wasSeen ? ",\"seen\":true," : ",\"seen\":false,")
    // The socket's own object follows without the brace that begins it.
    text.append(object.bytes.slice(from: 1))
    text.append("\n")
  }

  private mutating func writeLine(
    _ event: SocketEvent, _ place: Int, _ cells: SocketCells, _ time: Timestamp, into text: inout TextBuffer
  ) {
    object.removeAll()
    clock.write(time, into: &object)
    text.begin(.time)
    // Microseconds are enough for a line: HH:MM:SS.uuuuuu.
    text.append(object.bytes.slice(from: 0, length: 15))
    text.end()
    text.append(" ")
    text.append(padding: 9) { text in
      let style: TextStyle = event.kind == .gone ? .faint : event.kind == .changed ? .highlight : .protocolName
      text.begin(style)
      text.append(event.kind.name)
      text.end()
      return event.kind.name.utf8CodeUnitCount
    }
    column(.kind, width: 12, cells, place, into: &text)
    // Wide enough for two states.
    text.append(padding: 24) { text in
      let start = text.count
      if let before = event.previousState {
        text.append(before.name)
        text.append(" > ")
      }
      cells.write(.state, of: place, into: &text)
      return text.count - start
    }
    column(.local, width: 21, cells, place, into: &text)
    column(.remote, width: 21, cells, place, into: &text)
    let before = text.count
    cells.write(.owner, of: place, into: &text)
    if text.count == before, let user = cells.listing.user(of: place) {
      text.append("user ")
      text.append(word: Array(user.utf8))
    }
    if !event.wasSeen { text.append(" (lived between two scans)", style: .faint) }
    text.append("\n")
  }

  private func column(
    _ column: SocketColumn, width: Int, _ cells: SocketCells, _ place: Int, into text: inout TextBuffer
  ) {
    text.append(padding: width) { text in
      let start = text.count
      cells.write(column, of: place, into: &text)
      if text.count == start { text.append("-") }
      return text.count - start
    }
  }
}

extension SocketEvent.Kind {
  /// Its name.
  var name: StaticString {
    switch self {
    case .appeared: "appeared"
    case .changed: "changed"
    case .gone: "gone"
    }
  }
}

extension TextBuffer {
  /// Writes something and spaces up to a width, at least one; `write` says how many columns it took.
  fileprivate mutating func append(padding width: Int, _ write: (inout TextBuffer) -> Int) {
    let written = write(&self)
    append(repeating: 0x20, count: max(width - written, 0) + 1)
  }
}
