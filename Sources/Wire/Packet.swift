/// A frame decoded: the layers that were recognized, and why decoding stopped where it did not end by itself.
///
/// Decoding cannot fail. It borrows the frame's octets and allocates nothing; headers are made anew over the same
/// octets when they are asked for.
public struct Packet: ~Escapable {
  /// The most layers that one frame can have; more is an attack or a mistake.
  public static let maximumLayers = 24

  /// The captured octets, without a frame check sequence.
  public let bytes: RawSpan
  /// How many octets were captured, with a frame check sequence where there is one.
  public let capturedLength: Int
  /// What is known of the frame.
  public let info: FrameInfo
  /// Why decoding stopped before the end; nil where all was decoded.
  public private(set) var stop: DecodeError? = nil
  /// The layer that could not be decoded, after the last one that could; `.none` where there is none.
  public private(set) var unfinished = LayerKind.none
  /// How many layers there are.
  public private(set) var layerCount = 0
  private var layers = InlineArray<24, Layer>(repeating: Layer())

  /// Decodes a frame.
  @_lifetime(copy frame)
  public init(_ frame: borrowing Frame) {
    let sequenceLength = Int(frame.info.frameCheckSequenceLength)
    let missing = Swift.max(0, Int(frame.info.originalLength) &- frame.bytes.byteCount)
    bytes = frame.bytes.slice(from: 0, length: frame.bytes.byteCount &- Swift.max(0, sequenceLength &- missing))
    capturedLength = frame.bytes.byteCount
    info = frame.info
    let wireEnd = Swift.max(bytes.byteCount, Int(frame.info.originalLength) &- sequenceLength)
    decode(wireEnd: wireEnd)
  }

  /// A layer by its place, from 0 for the outermost.
  public func layer(at index: Int) -> Layer {
    index >= 0 && index < layerCount ? layers[index] : Layer()
  }

  /// The octets of a layer's header and all that it carries, as captured.
  @_lifetime(copy self)
  public func bytes(of layer: Layer) -> RawSpan {
    bytes.slice(from: layer.offset, length: layer.capturedLength)
  }

  private mutating func decode(wireEnd: Int) {
    var kind = Registry.first(info.linkType, bytes)
    var next = Layer()
    next.capturedEnd = UInt32(clamping: bytes.byteCount)
    next.wireEnd = UInt32(clamping: wireEnd)
    while kind != .none {
      guard layerCount < Self.maximumLayers else {
        stop = stop ?? DecodeError(kind, offset: next.offset, .tooDeep)
        return
      }
      let rest = bytes.slice(from: next.offset, length: next.capturedLength)
      // An ICMP error may quote no more of TCP than its first eight octets, nor need a fragment have more.
      if kind == .tcp, rest.byteCount < TCPHeader.Field.length, next.isPartial { kind = .tcpQuoted }
      // No octets are no data.
      if kind == .data, rest.byteCount == 0 { return }
      next.kind = kind
      let step: Step
      do {
        step = try Registry.decode(kind, rest)
      } catch {
        note(error, in: next)
        unfinished = kind
        return
      }
      append(&next, step)
      kind = step.next
    }
  }

  /// Keeps the layer and makes `next` the place of what follows it.
  private mutating func append(_ next: inout Layer, _ step: Step) {
    next.headerEnd = Swift.min(next.start &+ UInt32(clamping: step.headerLength), next.capturedEnd)
    next.usesEtherType = step.usesEtherType
    if let payload = step.payloadLength {
      let needed = step.headerLength &+ payload
      if needed > next.wireLength, stop == nil, !next.isPartial {
        stop = DecodeError(
          next.kind, offset: next.offset, .truncated(needed: needed, available: next.wireLength))
      }
      next.wireEnd = Swift.min(next.wireEnd, UInt32(clamping: next.offset &+ needed))
      next.capturedEnd = Swift.min(next.capturedEnd, next.wireEnd)
    }
    layers[layerCount] = next
    layerCount &+= 1
    next.start = next.headerEnd
    next.nesting = step.nesting
    next.isPartial = next.isPartial || step.isPartial || step.nesting == .quoted
    if step.nesting != .same { next.depth &+= 1 }
  }

  private mutating func note(_ error: DecodeError, in layer: Layer) {
    guard stop == nil, !layer.isPartial else { return }
    var error = error
    error.offset = error.offset &+ layer.offset
    if case .truncated(let needed, let available) = error.reason, layer.capturedEnd < layer.wireEnd {
      error.reason = .snapped(needed: needed, available: available)
    }
    stop = error
  }

  /// Whether a layer is part of a packet that an error message quotes.
  public func isQuoted(_ layer: Layer) -> Bool {
    if layer.nesting == .quoted { return true }
    guard layer.depth > 0 else { return false }
    for index in 0..<layerCount where layers[index].nesting == .quoted { return true }
    return false
  }
}
