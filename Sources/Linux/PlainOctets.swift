/// The octets of a plain structure of the kernel's, in host byte order.
func octets<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
  // SAFETY: the kernel's structures come zeroed from their initializers, so that gaps in them are set too; only the
  // copy's own octets are read.
  unsafe withUnsafeBytes(of: value) { unsafe [UInt8]($0) }
}

/// A plain structure of the kernel's, or a number in host byte order, from the octets that begin at an offset; nil where
/// there are too few of them.
func plain<Value: BitwiseCopyable>(_ initial: Value, from octets: [UInt8], at offset: Int = 0) -> Value? {
  let octets = octets.dropFirst(max(offset, 0)).prefix(MemoryLayout<Value>.size)
  guard octets.count == MemoryLayout<Value>.size else { return nil }
  var value = initial
  // SAFETY: as many octets as the value has are copied into it, and every pattern of them is one of its values.
  unsafe withUnsafeMutableBytes(of: &value) { unsafe $0.copyBytes(from: octets) }
  return value
}
