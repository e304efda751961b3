//! What the tests share: the vectors, their payloads, SHA-256, and a stripe-sized front to the slice-wise coder.

use crate::json::{self, Value};
use holdfast_coder::coder::{Coder, AREA_VECTORS};
use holdfast_coder::transform::WORK_VECTORS;
use holdfast_coder::vector::{Vector, VECTOR_BYTES, ZERO};

/// The vectors of one file in tests/vectors, by its path there.
pub fn vectors(name: &str) -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/vectors");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    json::parse(&text).list().to_vec()
}

/// Marsaglia's 32-bit xorshift, low bytes.
pub fn seeded_bytes(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length);
    for _ in 0..length {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes.push(state as u8);
    }
    bytes
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A coder with its rows.
pub struct Bench {
    pub coder: Box<Coder>,
    rows: Vec<Vector>,
    work: Vec<Vector>,
}

impl Bench {
    pub fn new() -> Self {
        let mut coder = Box::new(Coder::new());
        coder.open();
        Self {
            coder,
            rows: vec![ZERO; AREA_VECTORS],
            work: vec![ZERO; WORK_VECTORS],
        }
    }

    /// Runs what was prepared over whole blocks.
    pub fn run(&mut self, inputs: &[&[u8]], outputs: usize, block_bytes: usize) -> Vec<Vec<u8>> {
        let row_bytes = self.coder.row_vectors() * VECTOR_BYTES;
        let mut blocks = vec![Vec::with_capacity(block_bytes); outputs];
        for start in (0..block_bytes).step_by(row_bytes) {
            let end = block_bytes.min(start + row_bytes);
            let slices: Vec<&[u8]> = inputs.iter().map(|input| &input[start..end]).collect();
            for (block, slice) in blocks.iter_mut().zip(self.run_slice(&slices, outputs)) {
                block.extend(slice);
            }
        }
        blocks
    }

    fn run_slice(&mut self, inputs: &[&[u8]], outputs: usize) -> Vec<Vec<u8>> {
        let stride = self.coder.stride_vectors();
        let bytes = inputs[0].len();
        for (row, input) in inputs.iter().enumerate() {
            for (vector, chunk) in self.rows[row * stride..]
                .iter_mut()
                .zip(input.chunks(VECTOR_BYTES))
            {
                vector[..chunk.len()].copy_from_slice(chunk);
            }
        }
        self.coder.run(&mut self.rows, &mut self.work, bytes).unwrap();
        let row = |w: usize| &self.rows[(inputs.len() + w) * stride..];
        (0..outputs)
            .map(|w| row(w).iter().flatten().copied().take(bytes).collect())
            .collect()
    }
}
