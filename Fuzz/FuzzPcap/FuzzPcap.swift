import Exercise
import Wire

/// Takes an input of libFuzzer's for a classic pcap file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPcap(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  // SAFETY: libFuzzer owns the octets for the length of this call.
  let input = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
  // The other format has a fuzzer of its own.
  guard count >= 4, input.uint32(at: 0) != 0x0a0d_0d0a else { return 0 }
  var exercise = Exercise()
  exercise.savefile(input)
  return 0
}
