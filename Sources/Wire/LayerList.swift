/// The layers of a packet in a fixed place.
///
/// The compiler (6.3) copies a whole InlineArray to take one element at an index that it does not know, which was
/// the largest single cost of a packet. At an index that it knows it reads the element alone: hence the comparisons,
/// which become an address. (Of a switch it reads all elements and chooses.)
struct LayerList {
  private var layers = InlineArray<24, Layer>(repeating: Layer())

  /// A layer by its place, which is below 24.
  subscript(index: Int) -> Layer {
    @inline(__always)
    get {
      if index < 4 { return index < 2 ? (index == 0 ? layers[0] : layers[1]) : (index == 2 ? layers[2] : layers[3]) }
      if index < 8 { return index < 6 ? (index == 4 ? layers[4] : layers[5]) : (index == 6 ? layers[6] : layers[7]) }
      if index < 12 {
        return index < 10 ? (index == 8 ? layers[8] : layers[9]) : (index == 10 ? layers[10] : layers[11])
      }
      if index < 16 {
        return index < 14 ? (index == 12 ? layers[12] : layers[13]) : (index == 14 ? layers[14] : layers[15])
      }
      if index < 20 {
        return index < 18 ? (index == 16 ? layers[16] : layers[17]) : (index == 18 ? layers[18] : layers[19])
      }
      return index < 22 ? (index == 20 ? layers[20] : layers[21]) : (index == 22 ? layers[22] : layers[23])
    }
    @inline(__always)
    set { layers[index] = newValue }
  }
}
