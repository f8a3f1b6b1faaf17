import Exercise
import Wire

/// Takes an input of libFuzzer's for a classic BPF program, as the kernel tells of a socket's.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFilter(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  // SAFETY: libFuzzer owns the octets for the length of this call.
  let input = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
  let exercise = Exercise()
  exercise.filter(input)
  return 0
}
