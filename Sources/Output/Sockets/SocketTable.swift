public import Sockets
public import Wire

/// Sockets as a table: every cell is written once into a buffer of its own, so that the widths are known before the
/// first row.
public struct SocketTable: ~Copyable {
  private let listing: SocketListing
  private let columns: [SocketColumn]
  /// The columns that are shown, by place in `columns`.
  private var shown: [Int]
  private var widths: [Int]
  /// All cells, row by row, and where each of them stands.
  private var text = TextBuffer(capacity: 1 << 16)
  private var cells: [Cell] = []
  private let isTerminal: Bool
  /// The columns that give way where a terminal is narrow.
  private let optional: Set<SocketColumn>

  private struct Cell {
    var start: Int
    var length: Int
    /// The columns that it takes on a terminal.
    var width: Int
  }

  /// The table of a listing.
  ///
  /// - Parameters:
  ///   - choice: Which columns to show.
  ///   - width: The terminal's columns, which rows are made to fit by shortening; nil for no terminal, where every cell
  ///     is whole.
  public init(_ listing: SocketListing, _ choice: ColumnChoice = .usual, width: Int? = nil) {
    self.listing = listing
    columns = choice.columns
    optional = choice.optional
    isTerminal = width != nil
    widths = columns.map { $0.title.utf8.count }
    shown = []
    let writer = SocketCells(listing)
    var isFilled = [Bool](repeating: false, count: columns.count)
    cells.reserveCapacity(listing.rows.count * columns.count)
    for place in listing.rows {
      for (index, column) in columns.enumerated() {
        let start = text.count
        writer.write(column, of: place, into: &text)
        if text.count > start {
          isFilled[index] = true
        } else if column != .notes {
          text.append("-")
        }
        let length = text.count - start
        let width = Self.width(of: text.bytes.slice(from: start))
        if width > widths[index] { widths[index] = width }
        cells.append(Cell(start: start, length: length, width: width))
      }
    }
    let hasOneNamespace = !listing.hasSeveralNamespaces
    shown = columns.indices.filter { index in
      !choice.optional.contains(columns[index]) || (columns[index] == .netns ? !hasOneNamespace : isFilled[index])
    }
    if let width { fit(width) } else { widths = widths.map { min($0, Self.widestPadding) } }
  }

  /// No column is padded to more than this where there is no terminal: a full IPv6 address and its port.
  private static let widestPadding = 47

  /// Writes the words above the columns, and a line end.
  public func writeHeader(into text: inout TextBuffer) {
    text.begin(.faint)
    for index in shown {
      let title = columns[index].title
      writePadded(index, width: title.utf8.count, into: &text) { $0.append(escaping: title) }
    }
    text.end()
    text.append("\n")
  }

  /// Writes a row and a line end.
  public func writeRow(_ row: Int, into text: inout TextBuffer) {
    guard listing.rows.indices.contains(row) else { return }
    let start = text.count
    for index in shown {
      let cell = cells[row * columns.count + index]
      let octets = self.text.bytes.slice(from: cell.start, length: cell.length)
      let limit = isTerminal ? widths[index] : .max
      writePadded(index, width: min(cell.width, limit), into: &text) { text in
        let style = cell.length == 0 ? nil : style(columns[index], listing.snapshot.sockets[listing.rows[row]])
        if let style { text.begin(style) }
        if cell.width > limit {
          text.append(octets, shortenedTo: limit, inMiddle: Self.isShortenedInMiddle(columns[index]))
        } else {
          text.append(octets)
        }
        if style != nil { text.end() }
      }
    }
    text.removeTrailingSpaces(from: start)
    text.append("\n")
  }

  /// Writes what stands in a column, numbers at its right, all else at its left, and two spaces before the next one.
  private func writePadded(
    _ index: Int, width: Int, into text: inout TextBuffer, _ write: (inout TextBuffer) -> Void
  ) {
    let padding = max(widths[index] - width, 0)
    if columns[index].isNumber { text.append(repeating: 0x20, count: padding) }
    write(&text)
    // Nothing stands behind the last column, not even spaces.
    guard index != shown.last else { return }
    text.append(repeating: 0x20, count: (columns[index].isNumber ? 0 : padding) + 2)
  }

  private func style(_ column: SocketColumn, _ socket: SocketRecord) -> TextStyle? {
    switch column {
    case .kind: .protocolName
    case .state: socket.state == .listen ? .highlight : socket.state == .established ? nil : .faint
    case .local, .remote: .endpoint
    case .service: .faint
    case .receiveQueue: socket.isQueueFull ? .warning : nil
    case .notes: socket.isQueueFull ? .warning : .highlight
    default: nil
    }
  }

  // MARK: Fitting

  /// A path or address is known by both of its ends; a name by how it begins.
  private static func isShortenedInMiddle(_ column: SocketColumn) -> Bool { column == .local || column == .remote }

  /// Makes the columns narrower until a row fits a terminal, as far as it stays readable.
  private mutating func fit(_ width: Int) {
    shrink(to: width) { [.local: 23, .remote: 23, .owner: 18, .service: 12, .notes: 12, .peer: 18][$0] }
    // What is not asked for by name gives way.
    for column in [SocketColumn.service, .notes] where total > width {
      shown.removeAll { columns[$0] == column && optional.contains(column) }
    }
    shrink(to: width) { [.local: 14, .remote: 14, .owner: 12, .service: 8, .notes: 8, .peer: 12][$0] }
  }

  private var total: Int { shown.reduce(0) { $0 + widths[$1] + 2 } - 2 }

  /// Takes columns away from the widest cells, down to a least width that those have which can be shortened at all.
  private mutating func shrink(to width: Int, _ least: (SocketColumn) -> Int?) {
    var excess = total - width
    while excess > 0 {
      let candidates = shown.filter { index in least(columns[index]).map { widths[index] > $0 } ?? false }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
      excess -= 1
    }
  }

  /// The columns that text takes on a terminal: its scalars, since all else was escaped.
  private static func width(of octets: RawSpan) -> Int {
    var width = 0
    for index in 0..<octets.byteCount where octets.uint8(at: index) & 0xc0 != 0x80 { width &+= 1 }
    return width
  }
}

extension TextBuffer {
  /// Takes back the spaces at the end, where an empty cell was the last one.
  mutating func removeTrailingSpaces(from start: Int) {
    while count > start {
      let before = count
      removeTrailingSpace()
      if count == before { return }
    }
  }

  /// Writes text that is too wide with an ellipsis in place of what is left out.
  mutating func append(_ octets: RawSpan, shortenedTo width: Int, inMiddle: Bool) {
    let room = max(width - 1, 0)
    let before = inMiddle ? room / 2 : room
    append(octets.slice(from: 0, length: Self.octets(of: octets, scalars: before)))
    append("\u{2026}")
    guard inMiddle else { return }
    var start = octets.byteCount
    var left = room - before
    while start > 0, left > 0 {
      start &-= 1
      if octets.uint8(at: start) & 0xc0 != 0x80 { left &-= 1 }
    }
    append(octets.slice(from: start))
  }

  /// How many octets the first scalars take.
  private static func octets(of text: RawSpan, scalars: Int) -> Int {
    var left = scalars
    for index in 0..<text.byteCount where text.uint8(at: index) & 0xc0 != 0x80 {
      if left == 0 { return index }
      left &-= 1
    }
    return text.byteCount
  }
}
