//! Compact proofs of retrievability: H. Shacham, B. Waters, "Compact Proofs of Retrievability", J. Cryptology 26(3),
//! 2013, section 3.2, with private verification, over p = 2^31 - 1 in four independent lanes.
//! `docs/format/proof.md` is the specification.

use crate::geometry::Refusal;
use crate::keystream::{row, rows_from, Key, Row, ROWS};
use crate::mersenne::{product, reduce, sum, ORDER};
use crate::vector::weights::Weights;
use crate::vector::{Vector, VECTOR_BYTES};

/// Elements of a sector.
pub const ELEMENTS: usize = 320;

/// Bytes of an element.
const ELEMENT_BYTES: usize = 3;

/// Bytes of a sector.
pub const SECTOR_BYTES: usize = ELEMENTS * ELEMENT_BYTES;

/// Vectors of a sector: sixty, with nothing left over.
pub const SECTOR_VECTORS: usize = SECTOR_BYTES / VECTOR_BYTES;

/// Samples of a proof: with so many, sums of products of 31 and 24 bits fit 64 bits.
pub const SAMPLES_MAX: usize = 511;

const _: () = assert!((SAMPLES_MAX as u128) << (31 + 8 * ELEMENT_BYTES) <= u64::MAX as u128);

/// Words of a proof: the combined elements, and the combined tag.
pub const PROOF_WORDS: usize = ELEMENTS + 4;

/// Tags sectors. It keeps the weights of the last key: an owner's blocks for one partner often come together.
pub struct Tagger {
    key: Option<Key>,
    weights: Weights,
}

impl Tagger {
    /// A tagger without a key.
    pub const fn new() -> Self {
        Self {
            key: None,
            weights: Weights::EMPTY,
        }
    }

    /// Writes the tags of whole sectors, the first of which has an even number in its record.
    pub fn tag(
        &mut self,
        alpha: &Key,
        pad: &Key,
        first: u32,
        sectors: &[Vector],
        tags: &mut [Row],
    ) -> Result<(), Refusal> {
        if first % 2 != 0 || sectors.len() != tags.len() * SECTOR_VECTORS {
            return Err(Refusal::Samples);
        }
        self.prepare(alpha);
        let eights = sectors.chunks(ROWS * SECTOR_VECTORS).zip(tags.chunks_mut(ROWS));
        for (number, (sectors, tags)) in eights.enumerate() {
            let pads = rows_from(pad, first / 2 + (number * ROWS / 2) as u32);
            let each = sectors.chunks_exact(SECTOR_VECTORS).zip(tags).zip(pads);
            each.for_each(|((sector, tag), pad)| *tag = sums(self.weights.weigh(sector), pad));
        }
        Ok(())
    }

    fn prepare(&mut self, alpha: &Key) {
        if self.key == Some(*alpha) {
            return;
        }
        self.key = None;
        for eight in 0..ELEMENTS / ROWS {
            let alphas = rows_from(alpha, (eight * ROWS / 2) as u32);
            self.weights.set(eight, &alphas);
        }
        self.key = Some(*alpha);
    }
}

impl Default for Tagger {
    fn default() -> Self {
        Self::new()
    }
}

/// The proof of sampled sectors: sums of elements and of tags, each times its sector's coefficient.
pub fn combine(
    sectors: &[u8],
    tags: &[Row],
    coefficients: &[u32],
    proof: &mut [u32; PROOF_WORDS],
) -> Result<(), Refusal> {
    let samples = coefficients.len();
    let lengths = sectors.len() == samples * SECTOR_BYTES && tags.len() == samples;
    if !lengths || !are_coefficients(coefficients) {
        return Err(Refusal::Samples);
    }
    let mut totals = [0u64; PROOF_WORDS];
    let (elements, tag_sums) = totals.split_at_mut(ELEMENTS);
    let sectors = sectors.chunks_exact(SECTOR_BYTES);
    for ((sector, tag), &coefficient) in sectors.zip(tags).zip(coefficients) {
        let factor = u64::from(coefficient);
        for (total, bytes) in elements.iter_mut().zip(sector.chunks_exact(ELEMENT_BYTES)) {
            *total += factor * u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]));
        }
        // A tag that rotted may be any number; what is reduced cannot overflow the sum.
        for (total, &word) in tag_sums.iter_mut().zip(tag) {
            *total = u64::from(sum(reduce(*total), product(coefficient, reduce(word.into()))));
        }
    }
    for (word, &total) in proof.iter_mut().zip(&totals) {
        *word = reduce(total);
    }
    Ok(())
}

/// Accepts a proof that is the one of the claimed sectors: `pads` are their records' pad keys, `places` their numbers
/// in the records.
pub fn check(
    alpha: &Key,
    pads: &[Key],
    places: &[u32],
    coefficients: &[u32],
    proof: &[u32; PROOF_WORDS],
) -> Result<(), Refusal> {
    let samples = coefficients.len();
    let lengths = pads.len() == samples && places.len() == samples;
    if !lengths || !are_coefficients(coefficients) {
        return Err(Refusal::Samples);
    }
    if proof.iter().any(|&word| word >= ORDER) {
        return Err(Refusal::Proof);
    }
    let (elements, tag) = proof.split_at(ELEMENTS);
    let mut expected: Row = [0; 4];
    for (eight, elements) in elements.chunks_exact(ROWS).enumerate() {
        let alphas = rows_from(alpha, (eight * ROWS / 2) as u32);
        for (weights, &element) in alphas.iter().zip(elements) {
            expected = sums(expected, weights.map(|weight| product(weight, element)));
        }
    }
    for ((pad, &place), &coefficient) in pads.iter().zip(places).zip(coefficients) {
        let pads = row(pad, place).map(|word| product(word, coefficient));
        expected = sums(expected, pads);
    }
    if expected[..] == *tag {
        Ok(())
    } else {
        Err(Refusal::Proof)
    }
}

fn are_coefficients(coefficients: &[u32]) -> bool {
    coefficients.len() <= SAMPLES_MAX && coefficients.iter().all(|&one| one < ORDER)
}

#[inline(always)]
fn sums(a: Row, b: Row) -> Row {
    core::array::from_fn(|lane| sum(a[lane], b[lane]))
}
