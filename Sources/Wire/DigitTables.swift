/// Tables for numbers as text: literals, so that they cost neither memory that is set up nor a check whether it was.
///
/// Each is made of entries of one size, which is what an index is multiplied by.
enum DigitTables {
  /// `0.` to `255.`, four octets each; what is behind the dot is not used.
  @inline(__always)
  static var octets: StaticString {
    """
    0.001.002.003.004.005.006.007.008.009.0010.011.012.013.014.015.016.017.018.019.020.021.022.023.024.0\
    25.026.027.028.029.030.031.032.033.034.035.036.037.038.039.040.041.042.043.044.045.046.047.048.049.0\
    50.051.052.053.054.055.056.057.058.059.060.061.062.063.064.065.066.067.068.069.070.071.072.073.074.0\
    75.076.077.078.079.080.081.082.083.084.085.086.087.088.089.090.091.092.093.094.095.096.097.098.099.0\
    100.101.102.103.104.105.106.107.108.109.110.111.112.113.114.115.116.117.118.119.120.121.122.123.124.\
    125.126.127.128.129.130.131.132.133.134.135.136.137.138.139.140.141.142.143.144.145.146.147.148.149.\
    150.151.152.153.154.155.156.157.158.159.160.161.162.163.164.165.166.167.168.169.170.171.172.173.174.\
    175.176.177.178.179.180.181.182.183.184.185.186.187.188.189.190.191.192.193.194.195.196.197.198.199.\
    200.201.202.203.204.205.206.207.208.209.210.211.212.213.214.215.216.217.218.219.220.221.222.223.224.\
    225.226.227.228.229.230.231.232.233.234.235.236.237.238.239.240.241.242.243.244.245.246.247.248.249.\
    250.251.252.253.254.255.
    """
  }

  /// `00` to `ff`, two octets each.
  @inline(__always)
  static var hexadecimalPairs: StaticString {
    """
    000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031\
    32333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60616263\
    6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495\
    969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7\
    c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9\
    fafbfcfdfeff
    """
  }
}

/// Digits side by side in a word, the first in the lowest octet, each 0 to 9: halves, quarters and eighths of a number
/// are divided all at once, by multiplication with a reciprocal.
enum Digits {
  /// Eight zeros as text, to be added.
  static let zeros: UInt64 = 0x3030_3030_3030_3030

  /// The digits of a number below 100,000,000.
  @inline(__always)
  static func ofEight(_ value: UInt64) -> UInt64 {
    let high = value / 10_000
    let halves = high | (value &- high &* 10_000) << 32
    let hundreds = (halves &* 10_486) &>> 20 & 0x0000_007f_0000_007f
    let quarters = hundreds | (halves &- hundreds &* 100) << 16
    let tens = (quarters &* 103) &>> 10 & 0x000f_000f_000f_000f
    return tens | (quarters &- tens &* 10) << 8
  }

  /// The digits of a number below 10,000.
  @inline(__always)
  static func ofFour(_ value: UInt32) -> UInt32 {
    let hundreds = (value &* 10_486) &>> 20
    let halves = hundreds | (value &- hundreds &* 100) << 16
    let tens = (halves &* 103) &>> 10 & 0x000f_000f
    return tens | (halves &- tens &* 10) << 8
  }
}
