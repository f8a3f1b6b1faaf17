/// A frame decoded: the layers that were recognized, and why decoding stopped where it did not end by itself.
///
/// Decoding cannot fail. It borrows the frame's octets and a storage for layers, and allocates nothing; headers are made
/// anew over the same octets when they are asked for.
public struct Packet: ~Copyable, ~Escapable {
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
  let layers: LayerList

  /// Decodes a frame into a storage, which holds the layers of one packet at a time.
  @_lifetime(copy frame, borrow storage)
  public init(_ frame: borrowing Frame, in storage: borrowing LayerStorage) {
    self.init(frame, in: storage, takesCommonWay: true)
  }

  /// The same, or with every header decoded by itself, against which a test holds the common way.
  @inline(__always)
  @_lifetime(copy frame, borrow storage)
  init(_ frame: borrowing Frame, in storage: borrowing LayerStorage, takesCommonWay: Bool) {
    layers = LayerList(storage)
    let sequenceLength = Int(frame.info.frameCheckSequenceLength)
    let missing = Swift.max(0, Int(frame.info.originalLength) &- frame.bytes.byteCount)
    bytes = frame.bytes.slice(from: 0, length: frame.bytes.byteCount &- Swift.max(0, sequenceLength &- missing))
    capturedLength = frame.bytes.byteCount
    info = frame.info
    let wireEnd = Swift.max(bytes.byteCount, Int(frame.info.originalLength) &- sequenceLength)
    decode(wireEnd: wireEnd, takesCommonWay)
  }

  /// A layer by its place, from 0 for the outermost; where there is none, one of kind `.none`.
  @inline(__always)
  public func layer(at index: Int) -> Layer {
    index < layerCount ? layers[index] : Layer()
  }

  /// The octets of a layer's header and all that it carries, as captured.
  @inline(__always)
  @_lifetime(copy self)
  public func bytes(of layer: Layer) -> RawSpan {
    bytes.slice(from: layer.offset, length: layer.capturedLength)
  }

  @inline(__always)
  private mutating func decode(wireEnd: Int, _ takesCommonWay: Bool) {
    guard takesCommonWay, let common = Self.decodeCommon(bytes, info.linkType, wireEnd: wireEnd, layers) else {
      return decode(
        Registry.first(info.linkType, bytes), at: 0, to: bytes.byteCount, wireEnd: wireEnd, behind: 0)
    }
    switch common.kind {
    case .none: layerCount = common.count
    case .data:
      layers[common.count] = Self.data(common.start, common.end)
      layerCount = common.count &+ 1
    default: decode(common.kind, at: common.start, to: common.end, wireEnd: common.end, behind: common.count)
    }
  }

  /// The payload of a whole transport.
  @inline(__always)
  private static func data(_ start: Int, _ end: Int) -> Layer {
    Layer(
      kind: .data, nesting: .same, usesEtherType: false, isPartial: false, depth: 0,
      start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: end),
      capturedEnd: UInt32(truncatingIfNeeded: end), wireEnd: UInt32(truncatingIfNeeded: end))
  }

  /// Decodes one header after the other, from one that stands behind so many layers.
  @inline(never)
  private mutating func decode(
    _ first: LayerKind, at offset: Int, to end: Int, wireEnd: Int, behind layersBefore: Int
  ) {
    var kind = first
    // Where the next layer stands: `start` to `capturedEnd`, and `wireEnd` had all been captured. These are separate
    // variables because a structure that is written field by field and read whole stalls the processor.
    var start = offset
    var wireEnd = wireEnd
    var capturedEnd = end
    var nesting = Nesting.same
    var depth: UInt8 = 0
    var isPartial = false
    var count = layersBefore
    while kind != .none {
      if kind == .data {
        // No octets are no data. Nothing follows data either.
        if start < capturedEnd, count < Self.maximumLayers {
          layers[count] = Layer(
            kind: .data, nesting: nesting, usesEtherType: false, isPartial: isPartial, depth: depth,
            start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: capturedEnd),
            capturedEnd: UInt32(truncatingIfNeeded: capturedEnd), wireEnd: UInt32(truncatingIfNeeded: wireEnd))
          count &+= 1
          break
        }
        if start == capturedEnd { break }
      }
      // An ICMP error may quote no more of TCP than its first eight octets, nor need a fragment have more.
      // A capture may keep no more of it either.
      let length = capturedEnd &- start
      if kind == .tcp, length < TCPHeader.Field.length,
        isPartial || capturedEnd < wireEnd && length >= QuotedTCPHeader.length
      {
        kind = .tcpQuoted
      }
      guard count < Self.maximumLayers else {
        stop = stop ?? DecodeError(kind, offset: start, .tooDeep)
        break
      }
      let step: Step
      do throws(DecodeError) {
        step = try Registry.decode(kind, bytes.slice(from: start, length: capturedEnd &- start))
      } catch {
        // A TCP header that lies about its length still has its ports.
        if kind == .tcp, case .invalidLength = error.reason {
          layers[count] = Layer(
            kind: .tcpQuoted, nesting: nesting, usesEtherType: false, isPartial: isPartial, depth: depth,
            start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: capturedEnd),
            capturedEnd: UInt32(truncatingIfNeeded: capturedEnd), wireEnd: UInt32(truncatingIfNeeded: wireEnd))
          count &+= 1
          if stop == nil, !isPartial { note(error, at: start, isCut: false) }
          break
        }
        let isEmpty = wireEnd == start && count > 0 && Self.mayCarryNothing(layers[count &- 1].kind)
        unfinished = Self.unfinished(kind, error, isEmpty: isEmpty)
        if stop == nil, !isPartial { note(error, at: start, isCut: capturedEnd < wireEnd) }
        break
      }
      // What a message quotes may end before the message does: its checksum covers all of it.
      let (wholeWire, wholeCaptured) = (wireEnd, capturedEnd)
      if step.payloadLength >= 0 {
        let end = start &+ step.headerLength &+ step.payloadLength
        if end < wireEnd {
          wireEnd = end
          capturedEnd = Swift.min(capturedEnd, end)
        } else if end > wireEnd, stop == nil, !isPartial {
          stop = DecodeError(
            kind, offset: start, .truncated(needed: end &- start, available: wireEnd &- start))
        }
      }
      let headerEnd = Swift.min(start &+ step.headerLength, capturedEnd)
      layers[count] = Layer(
        kind: kind, nesting: nesting, usesEtherType: step.usesEtherType, isPartial: isPartial, depth: depth,
        start: UInt32(truncatingIfNeeded: start), headerEnd: UInt32(truncatingIfNeeded: headerEnd),
        capturedEnd: UInt32(truncatingIfNeeded: step.nesting == .quoted ? wholeCaptured : capturedEnd),
        wireEnd: UInt32(truncatingIfNeeded: step.nesting == .quoted ? wholeWire : wireEnd))
      count &+= 1
      // A UDP length of 0 is a jumbogram's, which only IPv6 has (RFC 2675 section 4); no other can be below 8.
      if kind == .udp, step.payloadLength < 0 {
        let length = Int(bytes.uint16(at: start &+ UDPHeader.Field.totalLength))
        if length > 0 || isOverIPv4(count &- 1) {
          if stop == nil, !isPartial {
            stop = DecodeError(.udp, offset: start &+ UDPHeader.Field.totalLength, .invalidLength(value: length))
          }
          break
        }
      }
      // A header that is cut in its options shows the rest of itself.
      let cutEnd = start &+ step.headerLength
      if cutEnd > capturedEnd {
        let available = capturedEnd &- start
        let error = DecodeError(kind, .truncated(needed: step.headerLength, available: available))
        if stop == nil, !isPartial { note(error, at: start, isCut: capturedEnd < wireEnd) }
        break
      }
      start = headerEnd
      nesting = kind == .mpls ? nestingBelowLabels(step, count) : step.nesting
      if nesting != .same {
        depth &+= 1
        isPartial = isPartial || nesting == .quoted
      }
      if step.isPartial { isPartial = true }
      kind = step.next
    }
    layerCount = count
  }

  /// How what is below a label stack stands to what is before it: over UDP or IP it is a packet of its own, else just a
  /// packet on its way.
  private func nestingBelowLabels(_ step: Step, _ count: Int) -> Nesting {
    guard step.next == .ipv4 || step.next == .ipv6 else { return step.nesting }
    var candidate = count &- 1
    while candidate > 0, layers[candidate].kind == .mpls, layers[candidate].nesting == .same { candidate &-= 1 }
    return layers[candidate].kind == .udp ? .inner : .same
  }

  /// Whether the last of so many layers is carried by IPv4, not IPv6.
  private func isOverIPv4(_ count: Int) -> Bool {
    var candidate = count &- 1
    while candidate >= 0 {
      let kind = layers[candidate].kind
      if kind == .ipv4 || kind == .ipv6 { return kind == .ipv4 }
      candidate &-= 1
    }
    return false
  }

  /// Whether a layer without a payload is not followed by the name of what it should carry.
  private static func mayCarryNothing(_ kind: LayerKind) -> Bool {
    kind == .ipv4 || kind == .icmp || kind == .icmpv6 || kind == .gre || kind == .ciscoHDLC
  }

  /// What Wireshark counts of a layer that could not be decoded: nothing where IPv4 carries nothing or an error quotes
  /// nothing, and data where it does not have the version of its protocol.
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
}
