import Exercise
import Wire

/// Takes an input of libFuzzer's for what the kernel tells of its sockets: messages of sock_diag, or a file of /proc/net.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDiagnostics(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start = unsafe start else { return 0 }
  // SAFETY: libFuzzer owns the octets for the length of this call.
  let input = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
  let exercise = Exercise()
  exercise.diagnostics(input)
  return 0
}
