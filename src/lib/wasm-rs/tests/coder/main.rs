//! The crate's tests on the host, where the kernels are the scalar ones; Node and the browsers run the same vectors
//! through the WASM builds.

mod code;
mod json;
mod proof;
mod sha256;
mod support;
mod vectors;
