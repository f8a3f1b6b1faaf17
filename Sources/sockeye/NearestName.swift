/// Finds what somebody may have meant to type.
enum NearestName {
  /// The name that takes the fewest changes to reach; nil where none is near.
  ///
  /// A change is a letter inserted, removed, replaced, or exchanged with its neighbor. A name is near within a third
  /// of the letters typed, but at least one change, and two from four letters on.
  static func find(_ typed: String, among names: [String]) -> String? {
    let typed = Array(typed.lowercased().utf8.prefix(64))
    let limit = max(typed.count / 3, typed.count >= 4 ? 2 : 1)
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = distance(typed, Array(name.lowercased().utf8.prefix(64)))
      // Within reach, and something of the name itself was typed.
      if distance <= limit, distance < max(typed.count, name.utf8.count), distance < best?.distance ?? .max {
        best = (name, distance)
      }
    }
    return best?.name
  }

  /// The number of changes between two words (optimal string alignment).
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    var current = previous
    for (row, letter) in left.enumerated() {
      current[0] = row + 1
      for (column, other) in right.enumerated() {
        current[column + 1] = min(
          previous[column + 1] + 1, current[column] + 1, previous[column] + (letter == other ? 0 : 1))
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          current[column + 1] = min(current[column + 1], beforePrevious[column - 1] + 1)
        }
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[right.count]
  }
}
