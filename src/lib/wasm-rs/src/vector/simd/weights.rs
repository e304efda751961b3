//! The weights of a proof tag's elements, made ready for products of 16 bits.
//!
//! An element is the sum of its three bytes times 1, 2^8 and 2^16, so a sector is weighed byte by byte, with weights
//! w, w 2^8 and w 2^16 modulo p. Each is moved into -2^30 .. 2^30 and split into two signed halves of 16 bits: then
//! one instruction multiplies eight bytes and adds the products in pairs. Four multiplications of 32 bits, which
//! yield two products each and need their operands shuffled first, take about twice as long.

use super::Vector;
use crate::keystream::{Row, ROWS};
use crate::mersenne::{reduce, ORDER};
use crate::proof::SECTOR_BYTES;
use core::arch::wasm32::*;

/// Bytes that are weighed at once.
const GROUP: usize = 8;

/// The weights of eight bytes: for each lane of the proof their low and their high halves.
type Halves = [[v128; 2]; 4];

/// Weights for each byte of a sector.
pub struct Weights([Halves; SECTOR_BYTES / GROUP]);

const ZERO: v128 = i32x4(0, 0, 0, 0);

// The sum of the products with low halves in one 32-bit lane: at most 240 of them, each at most 2^15 * 255.
const _: () = assert!((SECTOR_BYTES as u64 / 4) * 255 << 15 < 1 << 31);

impl Weights {
    /// Before [`Weights::set`].
    pub const EMPTY: Self = Self([[[ZERO; 2]; 4]; SECTOR_BYTES / GROUP]);

    /// Sets the weights of elements 8 * `eight` to 8 * `eight` + 7.
    pub fn set(&mut self, eight: usize, alphas: &[Row; ROWS]) {
        for lane in 0..4 {
            let weights: [i32; 3 * ROWS] =
                core::array::from_fn(|byte| centred(alphas[byte / 3][lane], 8 * (byte as u32 % 3)));
            for (group, weights) in weights.chunks_exact(GROUP).enumerate() {
                let low = |i: usize| weights[i] as i16;
                let high = |i: usize| ((weights[i] - i32::from(low(i))) >> 16) as i16;
                self.0[3 * eight + group][lane] = [eight_of(low), eight_of(high)];
            }
        }
    }

    /// The weighed sums of a sector's elements.
    pub fn weigh(&self, sector: &[Vector]) -> Row {
        let mut totals = [[ZERO; 2]; 4];
        for (&vector, groups) in sector.iter().zip(self.0.chunks_exact(2)) {
            weigh_eight(&mut totals, u16x8_extend_low_u8x16(vector), &groups[0]);
            weigh_eight(&mut totals, u16x8_extend_high_u8x16(vector), &groups[1]);
        }
        totals.map(|[low, high]| element(total(low) + (total(high) << 16)))
    }
}

#[inline(always)]
fn weigh_eight(totals: &mut [[v128; 2]; 4], bytes: v128, weights: &Halves) {
    for (totals, halves) in totals.iter_mut().zip(weights) {
        for (total, &half) in totals.iter_mut().zip(halves) {
            *total = i32x4_add(*total, i32x4_dot_i16x8(bytes, half));
        }
    }
}

/// A weight times 2^`bits` as the number of least magnitude that is the same modulo p. Multiplying by a power of two
/// rotates the 31 bits.
#[inline(always)]
fn centred(weight: u32, bits: u32) -> i32 {
    let rotated = (weight << bits & ORDER) | weight >> (31 - bits);
    if rotated > ORDER / 2 + 1 {
        rotated as i32 - ORDER as i32
    } else {
        rotated as i32
    }
}

#[inline(always)]
fn eight_of(value: impl Fn(usize) -> i16) -> v128 {
    i16x8(
        value(0),
        value(1),
        value(2),
        value(3),
        value(4),
        value(5),
        value(6),
        value(7),
    )
}

#[inline(always)]
fn total(sums: v128) -> i64 {
    let pairs = i64x2_add(i64x2_extend_low_i32x4(sums), i64x2_extend_high_i32x4(sums));
    i64x2_extract_lane::<0>(pairs) + i64x2_extract_lane::<1>(pairs)
}

/// A number above -2^50 modulo p.
#[inline(always)]
fn element(value: i64) -> u32 {
    reduce((value + (i64::from(ORDER) << 20)) as u64)
}
