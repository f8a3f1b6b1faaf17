/// Numbers with a place in a list each: an open-addressing table, which takes a fifth of a dictionary's time.
///
/// A file may have any numbers in it: a multiplier drawn by lot keeps whoever made it from choosing those that collide.
struct NumberIndex {
  /// The numbers; 0 where nothing is yet.
  private var numbers: [UInt64]
  private var places: [Int32]
  private let multiplier = UInt64.random(in: .min ... .max) | 1
  /// How far a product is shifted to become a place in the table.
  private var shift: UInt64
  private var count = 0
  /// The place of the number 0.
  private var placeOfZero: Int32?

  /// A table that has room for so many numbers before it grows.
  init(capacity: Int) {
    var bits: UInt64 = 4
    while 1 << Int(bits) < capacity &* 2, bits < 31 { bits &+= 1 }
    shift = 64 &- bits
    numbers = [UInt64](repeating: 0, count: 1 << Int(bits))
    places = [Int32](repeating: 0, count: 1 << Int(bits))
  }

  /// Gives a number that has none a place; the place of one that has.
  mutating func insert(_ number: UInt64, _ place: Int) -> Int? {
    guard number != 0 else {
      if let placeOfZero { return Int(placeOfZero) }
      placeOfZero = Int32(truncatingIfNeeded: place)
      return nil
    }
    if count &* 2 >= numbers.count { grow() }
    let slot = slot(of: number)
    if numbers[slot] == number { return Int(places[slot]) }
    numbers[slot] = number
    places[slot] = Int32(truncatingIfNeeded: place)
    count &+= 1
    return nil
  }

  /// A number's place; nil where it has none. What has none is not given one.
  subscript(number: UInt64) -> Int? {
    get {
      guard number != 0 else { return placeOfZero.map(Int.init) }
      let slot = slot(of: number)
      return numbers[slot] == number ? Int(places[slot]) : nil
    }
    set {
      let place = Int32(truncatingIfNeeded: newValue ?? 0)
      if number == 0 { return placeOfZero = placeOfZero == nil ? nil : place }
      let slot = slot(of: number)
      if numbers[slot] == number { places[slot] = place }
    }
  }

  /// Where a number stands, or would.
  private func slot(of number: UInt64) -> Int {
    let product = number.multipliedFullWidth(by: multiplier)
    var slot = Int(truncatingIfNeeded: (product.high ^ product.low) &>> shift)
    while numbers[slot] != 0, numbers[slot] != number { slot = (slot &+ 1) & (numbers.count &- 1) }
    return slot
  }

  private mutating func grow() {
    let old = (numbers, places)
    numbers = [UInt64](repeating: 0, count: old.0.count &* 2)
    places = [Int32](repeating: 0, count: old.0.count &* 2)
    shift &-= 1
    for place in old.0.indices where old.0[place] != 0 {
      let slot = slot(of: old.0[place])
      numbers[slot] = old.0[place]
      places[slot] = old.1[place]
    }
  }
}
