/// Finds what somebody may have meant to type.
enum NearestName {
  /// The name that takes the fewest changes to reach; nil where none is near.
  ///
  /// A change is a letter inserted, removed, replaced, or exchanged with its neighbor. A name is near within a third
  /// of the letters typed, but at least one change, and two from four letters on.
  static func find(_ typed: String, among names: [String]) -> String? {
    let typed = Array(typed.lowercased().utf8.prefix(64))
    let limit = max(typed.count / 3, typed.count >= 4 ? 2 : 1)
    var best: (name: String, distance: Int, shared: Int)?
    for name in names {
      let letters = Array(name.lowercased().utf8.prefix(64))
      let distance = distance(typed, letters)
      // Within reach, and something of the name itself was typed.
      guard distance <= limit, distance < max(typed.count, letters.count) else { continue }
      // Of two that are as near, the one that begins alike.
      let shared = zip(typed, letters).prefix { $0 == $1 }.count
      if let best, (best.distance, -best.shared) <= (distance, -shared) { continue }
      best = (name, distance, shared)
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
