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
    let first = interfaces.first?.linkType ?? .ethernet
    try select(first == .pktap ? .ethernet : first)
  }

  /// Whether every frame is kept.
  var isEmpty: Bool { expression.isEmpty }

  /// Whether a frame is kept.
  func keeps(_ frame: borrowing Frame) -> Bool {
    guard frame.info.linkType == .pktap else {
      return keeps(frame.bytes, frame.info.linkType, frame.info.originalLength)
    }
    // A filter knows nothing of packet taps: it is asked about the frame in it.
    do throws(DecodeError) {
      let tap = try PKTAPHeader(frame.bytes)
      let length = UInt32(clamping: Int(frame.info.originalLength) &- tap.headerLength)
      return keeps(frame.bytes.slice(from: tap.headerLength), tap.linkType, length)
    } catch {
      return false
    }
  }

  private func keeps(_ bytes: RawSpan, _ linkType: LinkType, _ originalLength: UInt32) -> Bool {
    if linkType != currentLinkType {
      do throws(CommandError) {
        try select(linkType)
      } catch {
        failure = failure ?? error
        return false
      }
    }
    return current?.filter.matches(bytes, originalLength: originalLength) ?? false
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
      // It may be right, and fit another link type than this.
      guard linkType == .ethernet || (try? Filter(expression, linkType: .ethernet)) == nil else {
        throw CommandError(.malformedData, file, at: "the filter does not fit \(linkType)", remedy: error.text)
      }
      throw CommandError(.usage, error.description)
    }
  }
}
