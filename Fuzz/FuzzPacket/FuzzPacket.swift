import Exercise
import Wire

/// Takes an input of libFuzzer's for a packet: its link type, how much of it was cut off, and the frame.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPacket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  // SAFETY: libFuzzer owns the octets for the length of this call.
  let input = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
  var exercise = Exercise()
  exercise.packet(input)
  return 0
}
