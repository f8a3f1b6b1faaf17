import Capture
import Wire

/// A frame as a test keeps it.
struct Kept {
  var info: FrameInfo
  var bytes: [UInt8]

  init(_ frame: borrowing Frame) {
    info = frame.info
    bytes = (0..<frame.bytes.byteCount).map { frame.bytes.uint8(at: $0) }
  }
}

extension LiveCapture {
  /// Captures until that many frames have come and no more is ready, or none was ready that many times.
  mutating func collect(
    _ expected: Int, patience: Int = 250, onEvent: (CaptureEvent) -> Void = { _ in }
  ) throws(CaptureError) -> [Kept] {
    var kept: [Kept] = []
    var patience = patience
    try run(idleMilliseconds: 20) { frame in
      kept.append(Kept(frame))
      return true
    } onIdle: {
      patience -= 1
      return kept.count < expected && patience > 0
    } onEvent: {
      onEvent($0)
    }
    return kept
  }
}

/// Whether the live tests can run, and what is said where they cannot.
let needsRoot = "live tests need root: packet sockets and network namespaces"
