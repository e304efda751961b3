//! Four 32-bit words in a vector.

use core::arch::wasm32::*;

/// Four words.
pub type Words = v128;

/// Words from their values.
#[inline(always)]
pub fn words([a, b, c, d]: [u32; 4]) -> Words {
    u32x4(a, b, c, d)
}

/// One value four times.
#[inline(always)]
pub fn splat(value: u32) -> Words {
    u32x4_splat(value)
}

/// The values of words.
#[inline(always)]
pub fn lanes(words: Words) -> [u32; 4] {
    [
        u32x4_extract_lane::<0>(words),
        u32x4_extract_lane::<1>(words),
        u32x4_extract_lane::<2>(words),
        u32x4_extract_lane::<3>(words),
    ]
}

/// Wordwise sum modulo 2^32.
#[inline(always)]
pub fn add(a: Words, b: Words) -> Words {
    u32x4_add(a, b)
}

/// Bitwise XOR.
#[inline(always)]
pub fn xor(a: Words, b: Words) -> Words {
    v128_xor(a, b)
}

/// Rotates each word.
#[inline(always)]
pub fn rotate_left<const BITS: u32>(words: Words) -> Words {
    v128_or(u32x4_shl(words, BITS), u32x4_shr(words, 32 - BITS))
}
