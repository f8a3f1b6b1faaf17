public import CLinux

/// A classic BPF program: the instructions as the kernel has them, a value. See the kernel's networking/filter.rst.
public struct FilterProgram: Sendable {
  /// The most instructions that the kernel takes. BPF_MAXINSNS.
  public static let maximumLength = Int(BPF_MAXINSNS)
  /// The instructions in order.
  public var instructions: [sock_filter]

  /// A program of these instructions.
  public init(_ instructions: [sock_filter]) {
    self.instructions = instructions
  }

  /// Keeps the first octets of every frame, at most that many.
  public static func keepAll(length: UInt32) -> FilterProgram {
    FilterProgram([sock_filter(code: returnConstant, jt: 0, jf: 0, k: length)])
  }

  /// Keeps nothing.
  public static let rejectAll = keepAll(length: 0)

  /// The operation code of "return a constant". BPF_RET | BPF_K.
  public static let returnConstant = UInt16(BPF_RET | BPF_K)
}
