//! Plain bytes: one table of 256 products for each constant.

pub mod weights;
pub mod words;

use super::VECTOR_BYTES;
use crate::field::multiply;

/// Sixteen bytes.
pub type Vector = [u8; VECTOR_BYTES];

/// All zero.
pub const ZERO: Vector = [0; VECTOR_BYTES];

/// A vector made ready to be multiplied by several constants. Nothing to prepare in this build.
pub type Halves = ScalarHalves;

/// The vector as it is.
#[derive(Clone, Copy)]
pub struct ScalarHalves(Vector);

impl ScalarHalves {
    /// Makes a vector ready.
    pub fn of(vector: Vector) -> Self {
        Self(vector)
    }
}

/// Multiplication by one constant.
#[derive(Clone, Copy)]
pub struct Product([u8; 256]);

impl Product {
    /// Before [`super::fill`].
    pub const EMPTY: Self = Self([0; 256]);

    /// The table of a constant.
    pub fn of(constant: u8) -> Self {
        Self(core::array::from_fn(|byte| multiply(constant, byte as u8)))
    }

    /// Each byte times the constant.
    #[inline(always)]
    pub fn times(&self, vector: Vector) -> Vector {
        core::array::from_fn(|i| self.0[vector[i] as usize])
    }

    /// Each byte of the prepared vector times the constant.
    #[inline(always)]
    pub fn times_halves(&self, halves: Halves) -> Vector {
        self.times(halves.0)
    }
}

/// Bytewise XOR.
#[inline(always)]
pub fn sum(a: Vector, b: Vector) -> Vector {
    (u128::from_ne_bytes(a) ^ u128::from_ne_bytes(b)).to_ne_bytes()
}
