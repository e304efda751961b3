//! The weights of a proof tag's elements, as they are.

use super::Vector;
use crate::keystream::{Row, ROWS};
use crate::mersenne::reduce;
use crate::proof::ELEMENTS;

/// Four weights for each element of a sector.
pub struct Weights([Row; ELEMENTS]);

impl Weights {
    /// Before [`Weights::set`].
    pub const EMPTY: Self = Self([[0; 4]; ELEMENTS]);

    /// Sets the weights of elements 8 * `eight` to 8 * `eight` + 7.
    pub fn set(&mut self, eight: usize, alphas: &[Row; ROWS]) {
        self.0[eight * ROWS..][..ROWS].copy_from_slice(alphas);
    }

    /// The weighed sums of a sector's elements. 320 products of 31 and 24 bits fit 64 bits.
    pub fn weigh(&self, sector: &[Vector]) -> Row {
        let mut totals = [0u64; 4];
        for (bytes, weights) in sector.as_flattened().chunks_exact(3).zip(&self.0) {
            let element = u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]));
            for (total, &weight) in totals.iter_mut().zip(weights) {
                *total += element * u64::from(weight);
            }
        }
        totals.map(reduce)
    }
}
