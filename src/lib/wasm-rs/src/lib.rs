//! Holdfast's byte kernels: the erasure coder, systematic Reed-Solomon over GF(2^8) for any m data and k parity blocks
//! with m + k <= 255, and compact proofs of retrievability.
//!
//! The code itself is specified in `docs/format/erasure-code.md`. [`generator`] states it in one formula;
//! [`transform`] computes the same parity by additive FFT where that is cheaper; [`recovery`] finds the matrix
//! that turns any m blocks into any others. [`coder`] ties them together over rows that the host fills, slice by slice.
//! [`proof`] tags sectors, combines and checks them, over the field of [`mersenne`] with keys' streams from [`keystream`].
//! All `unsafe` of the crate is in [`abi`].

#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod abi;
pub mod butterfly;
pub mod coder;
pub mod combination;
pub mod field;
pub mod generator;
pub mod geometry;
pub mod keystream;
pub mod mersenne;
pub mod proof;
pub mod recovery;
pub mod transform;
pub mod vector;
