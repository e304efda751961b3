//! Four 32-bit words, one after the other.

/// Four words.
pub type Words = [u32; 4];

/// Words from their values.
#[inline(always)]
pub fn words(values: [u32; 4]) -> Words {
    values
}

/// One value four times.
#[inline(always)]
pub fn splat(value: u32) -> Words {
    [value; 4]
}

/// The values of words.
#[inline(always)]
pub fn lanes(words: Words) -> [u32; 4] {
    words
}

/// Wordwise sum modulo 2^32.
#[inline(always)]
pub fn add(a: Words, b: Words) -> Words {
    core::array::from_fn(|i| a[i].wrapping_add(b[i]))
}

/// Bitwise XOR.
#[inline(always)]
pub fn xor(a: Words, b: Words) -> Words {
    core::array::from_fn(|i| a[i] ^ b[i])
}

/// Rotates each word.
#[inline(always)]
pub fn rotate_left<const BITS: u32>(words: Words) -> Words {
    words.map(|word| word.rotate_left(BITS))
}
