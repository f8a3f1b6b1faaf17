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
  private var layers = LayerList()

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
    // Where the next layer stands. These are separate variables because a structure that is written field by field and
    // read whole stalls the processor: that costs more than all the rest.
    var start: UInt32 = 0
    var wireEnd = UInt32(clamping: wireEnd)
    var capturedEnd = UInt32(clamping: bytes.byteCount)
    var nesting = Nesting.same
    var depth: UInt8 = 0
    var isPartial = false
    while kind != .none {
      let rest = bytes.slice(from: Int(start), length: Int(capturedEnd &- start))
      // An ICMP error may quote no more of TCP than its first eight octets, nor need a fragment have more.
      if isPartial, kind == .tcp, rest.byteCount < TCPHeader.Field.length { kind = .tcpQuoted }
      // No octets are no data.
      if kind == .data, rest.byteCount == 0 { return }
      guard layerCount < Self.maximumLayers else {
        stop = stop ?? DecodeError(kind, offset: Int(start), .tooDeep)
        return
      }
      let step: Step
      do {
        step = try Registry.decode(kind, rest)
      } catch {
        let isEmpty = wireEnd == start && layers[Swift.max(0, layerCount &- 1)].kind == .ipv4
        unfinished = Self.unfinished(kind, error, isEmpty: isEmpty)
        if stop == nil, !isPartial { note(error, at: Int(start), isCut: capturedEnd < wireEnd) }
        return
      }
      if let payload = step.payloadLength {
        let needed = step.headerLength &+ payload
        if needed < Int(wireEnd &- start) {
          wireEnd = start &+ UInt32(clamping: needed)
          capturedEnd = Swift.min(capturedEnd, wireEnd)
        } else if needed > Int(wireEnd &- start), stop == nil, !isPartial {
          stop = DecodeError(
            kind, offset: Int(start), .truncated(needed: needed, available: Int(wireEnd &- start)))
        }
      }
      let headerEnd = Swift.min(start &+ UInt32(clamping: step.headerLength), capturedEnd)
      layers[layerCount] = Layer(
        kind: kind, nesting: nesting, usesEtherType: step.usesEtherType, isPartial: isPartial, depth: depth,
        start: start, headerEnd: headerEnd, capturedEnd: capturedEnd, wireEnd: wireEnd)
      layerCount &+= 1
      start = headerEnd
      nesting = step.nesting
      if nesting != .same {
        depth &+= 1
        isPartial = isPartial || nesting == .quoted
      }
      if step.isPartial { isPartial = true }
      kind = step.next
    }
  }

  /// What Wireshark counts of a layer that could not be decoded: nothing where IPv4 carries nothing, and data where
  /// it does not have the version of its protocol.
  private static func unfinished(_ kind: LayerKind, _ error: DecodeError, isEmpty: Bool) -> LayerKind {
    if isEmpty { return .none }
    if case .invalidValue = error.reason, kind == .ipv6 { return .data }
    return kind
  }

  /// Keeps why decoding stopped; where octets are missing, whether the packet or the capture lacks them.
  private mutating func note(_ error: DecodeError, at offset: Int, isCut: Bool) {
    var error = error
    error.offset = error.offset &+ offset
    if case .truncated(let needed, let available) = error.reason, isCut {
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
