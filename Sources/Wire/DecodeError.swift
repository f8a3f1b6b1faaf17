/// Why decoding of a packet stopped: which layer, where, and what was missing or contradictory.
public struct DecodeError: Error, Equatable {
  /// The layer that could not be decoded.
  public var layer: LayerKind
  /// Where in the frame the layer begins, in octets.
  public var offset: Int
  /// What was wrong.
  public var reason: Reason

  /// What was wrong with a layer.
  public enum Reason: Equatable, Sendable {
    /// The capture was cut there (the snap length): not the packet's fault.
    case snapped(needed: Int, available: Int)
    /// The packet itself ends before the layer does.
    case truncated(needed: Int, available: Int)
    /// A length field contradicts the header that it stands in.
    case invalidLength(value: Int)
    /// A field has a value that this layer cannot have.
    case invalidValue(value: Int)
    /// More layers than `Packet.maximumLayers`.
    case tooDeep
  }

  /// An error at an offset that is relative to the layer's first octet; `Packet` makes it relative to the frame.
  public init(_ layer: LayerKind, offset: Int = 0, _ reason: Reason) {
    self.layer = layer
    self.offset = offset
    self.reason = reason
  }

  /// The reason's name as JSON has it.
  public var reasonName: StaticString {
    switch reason {
    case .snapped: "snapped"
    case .truncated: "truncated"
    case .invalidLength: "invalid_length"
    case .invalidValue: "invalid_value"
    case .tooDeep: "too_deep"
    }
  }
}

extension RawSpan {
  /// Checks that a layer has as many octets as its fixed part needs.
  @inline(__always)
  func require(_ needed: Int, _ layer: LayerKind) throws(DecodeError) {
    if byteCount < needed {
      throw DecodeError(layer, .truncated(needed: needed, available: byteCount))
    }
  }
}
