import ArgumentParser
import Sockets

/// How sockets are shown.
struct SocketOutputOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Show all that the kernel tells of each socket, below its row.")
  var verbose = false

  @Flag(name: .customLong("json"), help: "Write one JSON object a line: sockeye-json(5).")
  var json = false

  @Flag(
    name: .customLong("no-owners"),
    help: "Do not look who holds each socket, which takes most of the time; what only its holder tells is left out.")
  var noOwners = false

  @Option(
    name: .customLong("columns"),
    help: ArgumentHelp("Show these columns; with + before them, besides the usual ones.", valueName: "names"),
    completion: .list(SocketColumn.allCases.map(\.rawValue)))
  var columns: [String] = []

  // A value may begin with a dash: -recv-q sorts the largest queue first.
  @Option(
    name: .customLong("sort"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Sort by these columns; with - before its name, the largest first.", valueName: "names"),
    completion: .list(SocketColumn.allCases.map(\.rawValue)))
  var sort: [String] = []

  @Flag(name: .customLong("no-header"), help: "Leave out the line above the table.")
  var noHeader = false

  @Option(
    name: .customLong("color"),
    help: ArgumentHelp("Color the text: auto (on a terminal, unless NO_COLOR is set), always or never."))
  var color: ColorChoice = .auto

  func validate() throws {
    _ = try order()
    _ = try chosenColumns()
    if !columns.isEmpty, json {
      throw ValidationError("--columns is for the table: --json has every key, and jq chooses among them")
    }
  }

  /// The columns that are asked for.
  func chosenColumns() throws -> ColumnChoice {
    guard !columns.isEmpty else { return .usual }
    var words = try SocketFilterOptions.words(columns, "--columns")
    var chosen = ColumnChoice([])
    if words[0].hasPrefix("+") {
      words[0].removeFirst()
      chosen = .usual
    }
    for word in words {
      let column = try Self.column(word)
      chosen.optional.remove(column)
      if !chosen.columns.contains(column) { chosen.columns.append(column) }
    }
    return chosen
  }

  /// What the rows are sorted by.
  func order() throws -> [SocketOrder] {
    try SocketFilterOptions.words(sort, "--sort").map { word in
      word.hasPrefix("-")
        ? SocketOrder(try Self.column(String(word.dropFirst())), descending: true)
        : SocketOrder(try Self.column(word))
    }
  }

  private static func column(_ word: String) throws -> SocketColumn {
    if let column = SocketColumn(rawValue: word.lowercased()) { return column }
    throw SocketFilterOptions.unknown("column", word, SocketColumn.allCases.map(\.rawValue))
  }
}
