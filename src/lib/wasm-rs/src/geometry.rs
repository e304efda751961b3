//! How many data and parity blocks a stripe has, and which of the format's codes that selects.

/// The most blocks a stripe may have.
pub const BLOCKS_MAX: usize = 255;

/// m data and k parity blocks, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    data: usize,
    parity: usize,
}

/// Why a request was refused. The numbers are those of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Refusal {
    /// m is 0, or m + k exceeds 255.
    Geometry = 1,
    /// A position is out of range or given twice, or not exactly m are given, or there is no room for the wanted ones.
    Positions = 2,
    /// More bytes than a row holds.
    Bytes = 3,
    /// Nothing was prepared.
    Unprepared = 4,
    /// Samples that do not fit together, more than 511 of them, an odd first sector, or a coefficient outside the field.
    Samples = 5,
    /// The proof is not the one of the claimed sectors.
    Proof = 6,
}

/// The code of the format that a geometry uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// m = 1: every parity block is the data block.
    Copies,
    /// The Lin-Chung-Han code over 2^`log` parity points.
    Lch {
        /// Binary logarithm of k rounded up to a power of two.
        log: u32,
    },
    /// Cauchy, where the padded parity would not leave room for the data.
    Cauchy,
}

impl Geometry {
    /// Checks the counts: 1 <= m, 0 <= k, m + k <= 255.
    pub fn new(data: usize, parity: usize) -> Result<Self, Refusal> {
        if data == 0 || data > BLOCKS_MAX || parity > BLOCKS_MAX - data {
            return Err(Refusal::Geometry);
        }
        Ok(Self { data, parity })
    }

    /// m, the count of data blocks.
    pub fn data(&self) -> usize {
        self.data
    }

    /// k, the count of parity blocks.
    pub fn parity(&self) -> usize {
        self.parity
    }

    /// n = m + k.
    pub fn blocks(&self) -> usize {
        self.data + self.parity
    }

    /// The code that the format prescribes for this geometry. k = 1 needs no case of its own: the LCH code with one
    /// parity point is the bytewise XOR.
    pub fn code(&self) -> Code {
        let padded = self.parity.next_power_of_two();
        if self.data == 1 {
            Code::Copies
        } else if padded + self.data <= 256 {
            Code::Lch {
                log: padded.trailing_zeros(),
            }
        } else {
            Code::Cauchy
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_checked() {
        assert_eq!(Geometry::new(0, 3), Err(Refusal::Geometry));
        assert_eq!(Geometry::new(200, 56), Err(Refusal::Geometry));
        assert_eq!(Geometry::new(usize::MAX, 2), Err(Refusal::Geometry));
        assert_eq!(Geometry::new(2, usize::MAX), Err(Refusal::Geometry));
        assert!(Geometry::new(200, 55).is_ok());
        assert!(Geometry::new(1, 0).is_ok());
    }

    #[test]
    fn padding_decides_between_the_codes() {
        let code = |m, k| Geometry::new(m, k).unwrap().code();
        assert_eq!(code(1, 254), Code::Copies);
        assert_eq!(code(254, 1), Code::Lch { log: 0 });
        assert_eq!(code(10, 10), Code::Lch { log: 4 });
        assert_eq!(code(128, 65), Code::Lch { log: 7 });
        assert_eq!(code(129, 65), Code::Cauchy);
        assert_eq!(code(2, 253), Code::Cauchy);
    }
}
