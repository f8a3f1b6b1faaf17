/// Octets that nothing here decodes.
public struct DataPayload: Header, ~Escapable {
  let bytes: RawSpan

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  public var step: Step { Step(.none, headerLength: bytes.byteCount) }

  public func summarize(into text: inout TextBuffer, _ context: LayerContext) {}

  public func visitFields<Visitor: FieldVisitor & ~Copyable>(_ visitor: inout Visitor, _ context: LayerContext) {
    visitor.number("len", context.capturedLength)
  }
}
