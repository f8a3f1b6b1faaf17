/// Which application protocol a payload is: port numbers suggest, its octets decide.
enum Application {
  /// What a UDP payload is; `.none` where there is none, `.data` where it is nothing that is known here.
  static func overUDP(_ source: UInt16, _ destination: UInt16, _ payload: RawSpan) -> LayerKind {
    if payload.byteCount == 0 { return .none }
    return .data
  }

  /// What a TCP payload is; `.none` where there is none, `.data` where it is nothing that is known here.
  static func overTCP(_ source: UInt16, _ destination: UInt16, _ payload: RawSpan) -> LayerKind {
    if payload.byteCount == 0 { return .none }
    return .data
  }
}
