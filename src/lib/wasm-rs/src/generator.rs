//! The generator matrix, one constant of the format for each (m, k).

use crate::field::divide;
use crate::geometry::{Code, Geometry};

/// The factor with which data block `data` (0..m) enters parity block `parity` (0..k).
///
/// The LCH code interpolates the data at the points P, P+1, .. (P = 2^log), and zero up to point 255, by a polynomial of
/// degree below 256 - P, and evaluates it at the points 0..P. Lagrange's formula, with the subspace polynomials of
/// Cantor coordinates, shrinks to (x >> log) / (x + parity) where x = P + data.
pub fn coefficient(geometry: Geometry, parity: usize, data: usize) -> u8 {
    debug_assert!(parity < geometry.parity() && data < geometry.data());
    match geometry.code() {
        Code::Copies => 1,
        Code::Lch { log } => {
            let point = (1 << log) + data;
            divide((point >> log) as u8, (point ^ parity) as u8)
        }
        Code::Cauchy => divide(1, ((geometry.parity() + data) ^ parity) as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_parity_block_is_the_xor() {
        for m in [1, 2, 3, 17, 100, 254] {
            let geometry = Geometry::new(m, 1).unwrap();
            assert!((0..m).all(|data| coefficient(geometry, 0, data) == 1));
        }
    }

    #[test]
    fn no_coefficient_is_zero() {
        for m in 1..255 {
            for k in 1..=255 - m {
                let geometry = Geometry::new(m, k).unwrap();
                for (parity, data) in [(0, 0), (k - 1, 0), (0, m - 1), (k - 1, m - 1)] {
                    assert_ne!(coefficient(geometry, parity, data), 0, "{m} {k}");
                }
            }
        }
    }
}
