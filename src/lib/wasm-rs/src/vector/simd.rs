//! WebAssembly SIMD128: a product is two look-ups in tables of 16, one for each half of a byte.
//!
//! With relaxed SIMD the look-up may skip the check for indices above 15, which never occur here, so that both builds
//! give the same bytes on every machine.

pub mod weights;
pub mod words;

use crate::field::multiply;
use core::arch::wasm32::*;

/// Sixteen bytes.
pub type Vector = v128;

/// All zero.
pub const ZERO: Vector = u8x16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/// The low and the high four bits of each byte, as indices.
#[derive(Clone, Copy)]
pub struct Halves {
    low: v128,
    high: v128,
}

impl Halves {
    /// Splits a vector.
    #[inline(always)]
    pub fn of(vector: Vector) -> Self {
        Self {
            low: v128_and(vector, u8x16_splat(15)),
            // Not u8x16_shr: V8 builds its mask anew for every byte shift, and this one is hoisted.
            high: v128_and(u16x8_shr(vector, 4), u8x16_splat(15)),
        }
    }
}

/// Multiplication by one constant.
#[derive(Clone, Copy)]
pub struct Product {
    low: v128,
    high: v128,
}

impl Product {
    /// Before [`super::fill`].
    pub const EMPTY: Self = Self {
        low: ZERO,
        high: ZERO,
    };

    /// The tables of a constant.
    pub fn of(constant: u8) -> Self {
        Self {
            low: table(|half| multiply(constant, half)),
            high: table(|half| multiply(constant, half << 4)),
        }
    }

    /// Each byte times the constant.
    #[inline(always)]
    pub fn times(&self, vector: Vector) -> Vector {
        self.times_halves(Halves::of(vector))
    }

    /// Each byte of the split vector times the constant.
    #[inline(always)]
    pub fn times_halves(&self, halves: Halves) -> Vector {
        v128_xor(look_up(self.low, halves.low), look_up(self.high, halves.high))
    }
}

fn table(entry: impl Fn(u8) -> u8) -> v128 {
    let quad = |at: u8| u32::from_le_bytes(core::array::from_fn(|i| entry(at + i as u8)));
    u32x4(quad(0), quad(4), quad(8), quad(12))
}

#[cfg(target_feature = "relaxed-simd")]
#[inline(always)]
fn look_up(table: v128, indices: v128) -> v128 {
    i8x16_relaxed_swizzle(table, indices)
}

#[cfg(not(target_feature = "relaxed-simd"))]
#[inline(always)]
fn look_up(table: v128, indices: v128) -> v128 {
    u8x16_swizzle(table, indices)
}

/// Bytewise XOR.
#[inline(always)]
pub fn sum(a: Vector, b: Vector) -> Vector {
    v128_xor(a, b)
}
