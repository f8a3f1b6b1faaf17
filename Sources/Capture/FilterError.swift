/// A filter expression that cannot be used: what libpcap, or we, say of it.
public struct FilterError: Error, Equatable, CustomStringConvertible {
  /// The expression.
  public var expression: String
  /// What is wrong with it, as libpcap says: `syntax error in filter expression`.
  public var text: String

  /// An error with its parts.
  public init(expression: String, text: String) {
    self.expression = expression
    self.text = text
  }

  /// One line.
  public var description: String { "filter \"\(expression)\": \(text)" }
}
