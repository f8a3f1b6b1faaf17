import Capture
import Wire

/// A filter over the frames of a file: compiled once for each link type that comes up.
final class OfflineFilter {
  /// What was wrong with the expression for a link type that came up later; no frame is kept after it.
  private(set) var failure: CommandError?

  private let expression: String
  private let file: String
  private var compiled: [LinkType: Box] = [:]
  private var current: Box?
  private var currentLinkType: LinkType?

  /// A dictionary cannot hold what cannot be copied.
  private final class Box {
    let filter: Filter
    init(_ filter: consuming Filter) { self.filter = filter }
  }

  /// A filter for a file with these interfaces; an empty expression keeps every frame.
  init(_ expression: String, _ interfaces: [InterfaceDescription], file: String) throws(CommandError) {
    self.expression = expression
    self.file = file
    guard !expression.isEmpty else { return }
    // A syntax error is told before the first packet.
    try select(interfaces.first?.linkType ?? .ethernet)
  }

  /// Whether every frame is kept.
  var isEmpty: Bool { expression.isEmpty }

  /// Whether a frame is kept.
  func keeps(_ frame: borrowing Frame) -> Bool {
    if frame.info.linkType != currentLinkType {
      do {
        try select(frame.info.linkType)
      } catch {
        failure = failure ?? error
        return false
      }
    }
    return current?.filter.matches(frame.bytes, originalLength: frame.info.originalLength) ?? false
  }

  private func select(_ linkType: LinkType) throws(CommandError) {
    currentLinkType = linkType
    if let box = compiled[linkType] {
      current = box
      return
    }
    current = nil
    do {
      let box = Box(try Filter(expression, linkType: linkType))
      compiled[linkType] = box
      current = box
    } catch {
      // Where not even an empty filter can be compiled, it is the file that no filter fits.
      guard (try? Filter("", linkType: linkType)) != nil else {
        throw CommandError(.malformedData, file, at: "no filter can be applied to \(linkType)", remedy: error.text)
      }
      throw CommandError(.usage, error.description)
    }
  }
}
