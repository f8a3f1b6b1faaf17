internal import CLinux

/// Memory for a fixed number of values, a power of two, by number: one load away, in whole cache lines.
@safe
struct FixedTable<Element: BitwiseCopyable>: ~Copyable {
  private let values: UnsafeMutablePointer<Element>
  /// Which bits of a number count.
  let mask: UInt32

  /// Two to the power of `bits` values, each as `empty`.
  init(_ empty: Element, bits: Int) {
    let count = 1 << bits
    // SAFETY: freed in deinit, owned by this value alone, and initialized at once.
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Element>.stride &* count, alignment: max(MemoryLayout<Element>.alignment, 128))
    unsafe values = memory.initializeMemory(as: Element.self, repeating: empty, count: count)
    mask = UInt32(truncatingIfNeeded: count &- 1)
  }

  deinit {
    // SAFETY: allocated in init, and nobody else has it.
    unsafe values.deallocate()
  }

  @inline(__always)
  private func address(of number: UInt32) -> UnsafeMutablePointer<Element> {
    // SAFETY: what is left of the number is below the count.
    unsafe values + Int(number & mask)
  }

  /// Starts fetching a value's first cache line.
  @inline(__always)
  func prefetch(_ number: UInt32) {
    // SAFETY: the line is of an initialized value, and a prefetch reads nothing that anyone sees.
    unsafe clinux_prefetch(UnsafeRawPointer(address(of: number)))
  }

  /// The value of a number, of which as many bits count as there are values for.
  subscript(number: UInt32) -> Element {
    @inline(__always)
    unsafeAddress {
      // SAFETY: the address is of an initialized value that stays while this is borrowed.
      unsafe UnsafePointer(address(of: number))
    }
    @inline(__always)
    unsafeMutableAddress {
      // SAFETY: the address is of an initialized value that stays while this is borrowed.
      unsafe address(of: number)
    }
  }
}
