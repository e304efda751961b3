//! Pseudorandom field elements: the ChaCha20 keystream (RFC 8439, nonce zero, counter from zero), 32 bytes for each row
//! of four elements, each the remainder of 64 bits. A remainder of so many bits is farther from uniform than 2^-33 only.
//!
//! Four blocks are made at once, one in each 32-bit lane of the vectors.

use crate::mersenne::reduce;
use crate::vector::words::{add, lanes, rotate_left, splat, words, xor, Words};

/// A 32-byte key.
pub type Key = [u8; 32];

/// Four elements of the field: one for each lane of a proof.
pub type Row = [u32; 4];

/// Rows that are made at once.
pub const ROWS: usize = 8;

/// "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// Eight rows of a key: those from twice the number of the first block on.
pub fn rows_from(key: &Key, first_block: u32) -> [Row; ROWS] {
    let stream = four_blocks(key, first_block).map(lanes);
    core::array::from_fn(|row| {
        core::array::from_fn(|lane| {
            let word = 8 * (row % 2) + 2 * lane;
            let (low, high) = (stream[word][row / 2], stream[word + 1][row / 2]);
            reduce(u64::from(high) << 32 | u64::from(low))
        })
    })
}

/// One row of a key.
pub fn row(key: &Key, number: u32) -> Row {
    rows_from(key, number / 2)[number as usize % 2]
}

/// Words 0 to 15 of four consecutive blocks, one block a lane.
fn four_blocks(key: &Key, first: u32) -> [Words; 16] {
    let counters = core::array::from_fn(|lane| first.wrapping_add(lane as u32));
    let begin: [Words; 16] = core::array::from_fn(|word| match word {
        0..=3 => splat(CONSTANTS[word]),
        4..=11 => splat(key_word(key, word - 4)),
        12 => words(counters),
        _ => splat(0),
    });
    let mut state = begin;
    for _ in 0..10 {
        for column in 0..4 {
            quarter_round(&mut state, [column, 4 + column, 8 + column, 12 + column]);
        }
        for column in 0..4 {
            let diagonal = |row: usize| 4 * row + (column + row) % 4;
            quarter_round(&mut state, core::array::from_fn(diagonal));
        }
    }
    core::array::from_fn(|word| add(state[word], begin[word]))
}

fn key_word(key: &Key, word: usize) -> u32 {
    u32::from_le_bytes(core::array::from_fn(|byte| key[4 * word + byte]))
}

#[inline(always)]
fn quarter_round(state: &mut [Words; 16], [a, b, c, d]: [usize; 4]) {
    state[a] = add(state[a], state[b]);
    state[d] = rotate_left::<16>(xor(state[d], state[a]));
    state[c] = add(state[c], state[d]);
    state[b] = rotate_left::<12>(xor(state[b], state[c]));
    state[a] = add(state[a], state[b]);
    state[d] = rotate_left::<8>(xor(state[d], state[a]));
    state[c] = add(state[c], state[d]);
    state[b] = rotate_left::<7>(xor(state[b], state[c]));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8439, appendix A.1, test vectors 1 and 2: a key of zeros, blocks 0 and 1; vector 4: key 00 ff 00.., block 2.
    #[test]
    fn the_keystream_is_that_of_the_rfc() {
        let first_words = |key: &Key, first: u32, lane: usize| four_blocks(key, first).map(lanes)[0][lane];
        assert_eq!(first_words(&[0; 32], 0, 0), 0xade0_b876);
        assert_eq!(first_words(&[0; 32], 0, 1), 0xbee7_079f);
        let mut key = [0; 32];
        key[1] = 0xff;
        assert_eq!(first_words(&key, 0, 2), 0xfb4d_d572);
        assert_eq!(first_words(&key, 2, 0), 0xfb4d_d572);
    }

    #[test]
    fn rows_do_not_depend_on_where_one_begins() {
        let key = core::array::from_fn(|i| i as u8);
        let all: Vec<Row> = (0..40).map(|number| row(&key, number)).collect();
        for first in (0..32).step_by(2) {
            assert_eq!(rows_from(&key, first as u32 / 2)[..], all[first..first + ROWS]);
        }
    }
}
